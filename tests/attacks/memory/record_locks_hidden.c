// attack: hold record locks where the launcher does not look: in a thread's own descriptors, in a process that cannot be looked at
// expect: memoryLimit
// limits: memoryBytes=67108864
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "refused.h"

static void *hold(void *nothing) {
    int file = open("/tmp/locked", O_RDWR | O_CREAT, 0600);
    for (off_t at = 0;; at += 2) {
        struct flock one = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = at, .l_len = 1};
        if (fcntl(file, F_SETLK, &one)) break;
    }
    return nothing;
}

int main(void) {
    REFUSED(EINVAL, prctl(PR_SET_DUMPABLE, 0));
    REFUSED(EINVAL, syscall(SYS_close_range, 900, 1000, 2));
    REFUSED(EPERM, syscall(SYS_clone, CLONE_VM | CLONE_SIGHAND | CLONE_THREAD, 0, 0, 0, 0));
    fflush(stdout);
    pthread_t thread;
    pthread_create(&thread, NULL, hold, NULL);
    // The first thread ends, and its descriptors are not in its list any more.
    syscall(SYS_exit, 0);
}
