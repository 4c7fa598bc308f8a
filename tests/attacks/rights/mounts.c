// attack: make what is read-only writable, mount something over it, and turn the root round
// expect: exited 0
// says: "/tmp", "/tmp"): killed
#include "refused.h"
#include <sys/mount.h>
#include <sys/syscall.h>

int main(void) {
    LETHAL(mount(0, "/", 0, MS_REMOUNT | MS_BIND, 0));
    LETHAL(mount("x", "/tmp", "tmpfs", 0, 0));
    LETHAL(mount("/", "/tmp", 0, MS_BIND | MS_REC, 0));
    LETHAL(umount2("/proc", MNT_DETACH));
    // The newer calls, which older lists of forbidden calls do not know.
    LETHAL(syscall(SYS_fsopen, "tmpfs", 0));
    LETHAL(syscall(SYS_open_tree, -100, "/", 1));
    LETHAL(syscall(SYS_move_mount, -100, "/tmp", -100, "/box", 0));
    LETHAL(syscall(SYS_mount_setattr, -100, "/", 0, 0, 0));
    LETHAL(syscall(SYS_pivot_root, "/tmp", "/tmp"));
}
