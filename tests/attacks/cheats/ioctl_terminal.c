// attack: type into the terminal of whoever started the server
// expect: exited or forbiddenCall
// never says: BROKEN
#include <fcntl.h>
#include <stdio.h>
#include <sys/ioctl.h>

int main(void) {
    char letter = 'x';
    for (int n = 0; n < 3; n++)
        if (ioctl(n, TIOCSTI, &letter) == 0) puts("BROKEN");
    if (open("/dev/tty", O_RDWR) >= 0) puts("BROKEN: a terminal");
}
