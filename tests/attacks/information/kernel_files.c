// attack: read what the kernel shows of the whole machine
// expect: exited 0
// says: "/dev/vda"
#include "refused.h"
#include <fcntl.h>

int main(void) {
    char byte;
    static const char *empty[] = {"/proc/kmsg", "/proc/keys", "/proc/kallsyms", "/proc/interrupts"};
    for (int n = 0; n < 4; n++)
        if (read(open(empty[n], O_RDONLY), &byte, 1) != 0) printf("BROKEN: %s\n", empty[n]);
    REFUSED(ENOENT, open("/proc/kcore", O_RDONLY));
    REFUSED(ENOENT, open("/dev/mem", O_RDONLY));
    REFUSED(ENOENT, open("/dev/kmsg", O_RDONLY));
    REFUSED(ENOENT, open("/dev/vda", O_RDONLY));
}
