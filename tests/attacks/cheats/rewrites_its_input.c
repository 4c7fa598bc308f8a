// attack: change the input, so that whoever compares with it later is deceived
// expect: exited 0
// says: read: as it was given
// input: as it was given
#include "refused.h"
#include <unistd.h>

int main(void) {
    char text[16] = {0};
    REFUSED(EBADF, write(0, "x", 1));
    REFUSED(EINVAL, ftruncate(0, 0));
    REFUSED(ESPIPE, lseek(0, 0, SEEK_SET));
    if (read(0, text, 15) == 15) printf("read: %s\n", text);
}
