// attack: memory in files without a name
// expect: memoryLimit
// limits: memoryBytes=67108864
#define _GNU_SOURCE
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int main(void) {
    static char block[1 << 20];
    memset(block, 1, sizeof block);
    for (;;) {
        int file = memfd_create("hoard", 0);
        if (file < 0) return 1;
        for (int n = 0; n < 8; n++) write(file, block, sizeof block);
    }
}
