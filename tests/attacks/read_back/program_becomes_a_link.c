// attack: put a link in the place of the compiled program, which the server knows by name
// expect: exited 0
// says: left
// brings: fine
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int main(void) {
    int made = unlink("/box/main") + symlink("/etc/passwd", "/box/main");
    close(open("/box/fine", O_CREAT, 0600));
    if (made == 0) puts("left");
}
