// attack: find files of the program before, by name and by what an unused disk holds
// expect: exited 0
// says: shm/left", F_OK): No such file
#include "refused.h"
#include <unistd.h>

int main(void) {
    REFUSED(ENOENT, access("/box/left", F_OK));
    REFUSED(ENOENT, access("/tmp/left", F_OK));
    REFUSED(ENOENT, access("/dev/shm/left", F_OK));
}
