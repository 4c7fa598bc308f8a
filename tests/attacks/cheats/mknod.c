// attack: make a device, to read the disk and the memory of the host
// expect: exited or forbiddenCall
// never says: BROKEN
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

int main(void) {
    mknod("/tmp/mem", S_IFCHR | 0666, makedev(1, 1));
    mknod("/tmp/disk", S_IFBLK | 0666, makedev(8, 0));
    if (open("/tmp/mem", O_RDONLY) >= 0 || open("/tmp/disk", O_RDONLY) >= 0) puts("BROKEN");
}
