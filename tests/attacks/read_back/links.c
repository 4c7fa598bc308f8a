// attack: have links read back, to files of the host's
// expect: exited 0
// says: left
// brings: fine
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int main(void) {
    int made = symlink("/etc/passwd", "/box/passwd") + symlink("/etc", "/box/etc") + symlink("fine", "/box/same");
    close(open("/box/fine", O_CREAT, 0600));
    if (made == 0) puts("left");
}
