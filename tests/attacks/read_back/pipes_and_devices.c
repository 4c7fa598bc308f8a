// attack: have whoever reads back wait at a pipe, or read a device
// expect: exited 0
// says: S_IFCHR
// brings: fine
#include "refused.h"
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

int main(void) {
    mkfifo("/box/pipe", 0600);
    REFUSED(EPERM, mknod("/box/zero", S_IFCHR | 0666, makedev(1, 5)));
    close(open("/box/fine", O_CREAT, 0600));
}
