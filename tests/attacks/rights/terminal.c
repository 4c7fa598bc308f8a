// attack: type into the terminal of whoever started the server
// expect: exited 0
// says: open("/dev/tty", O_RDWR)
#include "refused.h"
#include <fcntl.h>
#include <sys/ioctl.h>
#include <linux/tiocl.h>

int main(void) {
    char letter = 'x';
    for (int stream = 0; stream < 3; stream++) {
        REFUSED(EPERM, ioctl(stream, TIOCSTI, &letter));
        REFUSED(EPERM, ioctl(stream, TIOCLINUX, &letter));
    }
    REFUSED(ENXIO, open("/dev/tty", O_RDWR));
    REFUSED(ENOENT, open("/dev/console", O_RDWR));
}
