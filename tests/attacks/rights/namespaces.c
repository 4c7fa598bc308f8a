// attack: be root in a namespace of its own, have a child there, or join init's
// expect: exited 0
// says: SYS_clone3
#define _GNU_SOURCE
#include "refused.h"
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(void) {
    REFUSED(EPERM, unshare(CLONE_NEWUSER));
    static const int kinds[] = {CLONE_NEWUSER, CLONE_NEWNS, CLONE_NEWPID, CLONE_NEWNET, CLONE_NEWIPC, CLONE_NEWCGROUP};
    for (int n = 0; n < 6; n++) REFUSED(EPERM, syscall(SYS_clone, kinds[n] | SIGCHLD, 0, 0, 0, 0));
    REFUSED(EPERM, setns(0, CLONE_NEWNS));
    REFUSED(EACCES, open("/proc/1/ns/mnt", O_RDONLY));
    // Its flags are in memory, where no filter can look.
    unsigned long arguments[8] = {CLONE_NEWUSER, 0, 0, 0, SIGCHLD};
    REFUSED(ENOSYS, syscall(SYS_clone3, arguments, sizeof arguments));
}
