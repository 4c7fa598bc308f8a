// attack: a huge file with nothing in it
// expect: signalled SIGKILL or diskLimit
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int main(void) {
    int file = open("/box/sparse", O_CREAT | O_RDWR, 0600);
    if (ftruncate(file, 1L << 40) == 0 && pwrite(file, "x", 1, (1L << 40) - 1) == 1) puts("a terabyte");
    for (long at = 0; at < 1L << 30; at += 4096)
        if (pwrite(file, "x", 1, at) != 1) return 1;
    puts("BROKEN");
}
