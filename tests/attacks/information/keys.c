// attack: keep something in the kernel's keyrings, which outlive sandboxes
// expect: exited or forbiddenCall
// never says: BROKEN
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(void) {
    if (syscall(SYS_add_key, "user", "left", "x", 1, -4) >= 0) puts("BROKEN: added");
    fflush(stdout);
    if (syscall(SYS_keyctl, 0, -5, 1) >= 0) puts("BROKEN: asked");
}
