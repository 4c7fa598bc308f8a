// attack: overwrite init's program, which is the host's, by what /proc calls it
// expect: exited 0
// says: readlink
#define _GNU_SOURCE
#include "refused.h"
#include <fcntl.h>

int main(void) {
    char path[256];
    REFUSED(ETXTBSY, open("/proc/self/exe", O_WRONLY));
    REFUSED(ENOENT, open("/proc/1/exe", O_RDONLY));
    REFUSED(ENOENT, open("/proc/1/exe", O_PATH));
    REFUSED(ENOENT, readlink("/proc/1/exe", path, sizeof path));
}
