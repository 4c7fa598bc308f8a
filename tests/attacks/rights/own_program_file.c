// attack: overwrite init's program, which is the host's, by what /proc calls it
// expect: exited 0
// says: readlink
#include "refused.h"
#include <fcntl.h>
#include <unistd.h>

int main(void) {
    char path[256];
    REFUSED(ETXTBSY, open("/proc/self/exe", O_WRONLY));
    REFUSED(EACCES, open("/proc/1/exe", O_RDONLY));
    REFUSED(EACCES, open("/proc/1/exe", O_PATH));
    REFUSED(EACCES, readlink("/proc/1/exe", path, sizeof path));
}
