// attack: have a child in namespaces of its own, or join init's
// expect: exited or forbiddenCall
// never says: BROKEN
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(void) {
    static const int kinds[] = {CLONE_NEWUSER, CLONE_NEWNS, CLONE_NEWPID, CLONE_NEWNET, CLONE_NEWIPC, CLONE_NEWCGROUP};
    for (int n = 0; n < 6; n++) {
        long child = syscall(SYS_clone, kinds[n] | SIGCHLD, 0, 0, 0, 0);
        if (child == 0) _exit(0);
        if (child > 0) puts("BROKEN"), fflush(stdout);
    }
    if (setns(open("/proc/1/ns/mnt", O_RDONLY), 0) == 0) puts("BROKEN");
}
