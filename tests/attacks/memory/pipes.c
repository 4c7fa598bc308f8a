// attack: memory of the kernel's, in full pipes
// expect: exited 0
// says: held
// limits: memoryBytes=67108864
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int main(void) {
    static char block[1 << 20];
    int ends[2];
    long held = 0;
    while (pipe2(ends, O_NONBLOCK) == 0) {
        fcntl(ends[1], F_SETPIPE_SZ, 1 << 20);
        held += write(ends[1], block, sizeof block);
    }
    printf("%s: %ld\n", held > 64 << 20 ? "BROKEN" : "held", held);
}
