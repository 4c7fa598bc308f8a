// attack: make a device, to read the disk and the memory of the host
// expect: exited 0
// says: S_IFBLK
#include "refused.h"
#include <sys/stat.h>
#include <sys/sysmacros.h>

int main(void) {
    REFUSED(EPERM, mknod("/tmp/mem", S_IFCHR | 0666, makedev(1, 1)));
    REFUSED(EPERM, mknod("/box/kmsg", S_IFCHR | 0666, makedev(1, 11)));
    REFUSED(EPERM, mknod("/dev/shm/disk", S_IFBLK | 0666, makedev(8, 0)));
}
