// attack: memory of the kernel's, in record locks, which it counts for nobody
// expect: memoryLimit
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

int main(void) {
    int file = open("/tmp/locked", O_RDWR | O_CREAT, 0600), zero = open("/dev/zero", O_RDONLY);
    // From the end to the beginning: each new one comes first, so nothing is searched. No more than show it: they are the host's.
    for (long at = 6000; at > 0; at--) {
        struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 2 * at, .l_len = 1};
        if (fcntl(file, F_SETLK, &lock)) return 1;
    }
    puts("held");
    fflush(stdout);
    static char block[4096];
    for (time_t end = time(0) + 5; time(0) < end;) (void)!read(zero, block, sizeof block);
    puts("BROKEN: nobody counts them");
}
