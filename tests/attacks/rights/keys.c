// attack: keep something in the kernel's keyrings, which outlive sandboxes
// expect: exited 0
// says: SYS_keyctl
#include "refused.h"
#include <sys/syscall.h>

int main(void) {
    REFUSED(ENOSYS, syscall(SYS_add_key, "user", "left", "x", 1, -4));
    REFUSED(ENOSYS, syscall(SYS_request_key, "user", "left", 0, -4));
    REFUSED(ENOSYS, syscall(SYS_keyctl, 0, -5, 1));
}
