// attack: become root, or get back what was given up
// expect: exited 0
// says: 0 groups
#define _GNU_SOURCE
#include "refused.h"
#include <grp.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(void) {
    REFUSED(EPERM, setuid(0));
    REFUSED(EPERM, setgid(0));
    REFUSED(EPERM, setresuid(0, 0, 0));
    REFUSED(EPERM, setgroups(0, 0));
    struct __user_cap_header_struct head = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct all[2] = {{~0u, ~0u, ~0u}, {~0u, ~0u, ~0u}};
    REFUSED(EPERM, syscall(SYS_capset, &head, all));
    printf("%d groups\n", getgroups(0, 0));
}
