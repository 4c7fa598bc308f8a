// attack: make what is read-only writable, and mount something over it
// expect: exited or forbiddenCall
// never says: BROKEN
#include <stdio.h>
#include <sys/mount.h>

int main(void) {
    if (mount(0, "/", 0, MS_REMOUNT | MS_BIND, 0) == 0) puts("BROKEN: remounted"), fflush(stdout);
    if (mount("x", "/tmp", "tmpfs", 0, 0) == 0) puts("BROKEN: mounted"), fflush(stdout);
    if (mount("/", "/tmp", 0, MS_BIND | MS_REC, 0) == 0) puts("BROKEN: bound"), fflush(stdout);
    if (umount2("/proc", MNT_DETACH) == 0) puts("BROKEN: unmounted");
}
