// attack: mount by the newer calls, which older lists of forbidden calls do not know
// expect: exited or forbiddenCall
// never says: BROKEN
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(void) {
    if (syscall(SYS_fsopen, "tmpfs", 0) >= 0) puts("BROKEN: fsopen"), fflush(stdout);
    if (syscall(SYS_open_tree, -100, "/", 1) >= 0) puts("BROKEN: open_tree"), fflush(stdout);
    if (syscall(SYS_mount_setattr, -100, "/", 0, 0, 0) >= 0) puts("BROKEN: mount_setattr");
}
