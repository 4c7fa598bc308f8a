// attack: be root in a namespace of its own, have a child there, or join init's
// expect: exited 0
// says: SYS_clone3
#define _GNU_SOURCE
#include "refused.h"
#include <fcntl.h>
#include <sched.h>
#include <sys/syscall.h>

int main(void) {
    static const int kinds[] = {CLONE_NEWUSER, CLONE_NEWNS,  CLONE_NEWPID, CLONE_NEWNET,
                                CLONE_NEWIPC,  CLONE_NEWUTS, CLONE_NEWCGROUP};
    for (int n = 0; n < 7; n++) {
        REFUSED(EPERM, unshare(kinds[n]));
        REFUSED(EPERM, syscall(SYS_clone, kinds[n] | SIGCHLD, 0, 0, 0, 0));
    }
    REFUSED(ENOENT, open("/proc/1/ns/mnt", O_RDONLY));
    LETHAL(setns(0, CLONE_NEWNS));
    // Its flags are in memory, where no filter can look.
    unsigned long arguments[8] = {CLONE_NEWUSER, 0, 0, 0, SIGCHLD};
    REFUSED(ENOSYS, syscall(SYS_clone3, arguments, sizeof arguments));
}
