// attack: fill the disk with a single file
// expect: diskLimit
// says: on
// limits: memoryBytes=268435456
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int main(void) {
    static char block[1 << 20];
    puts("on");
    fflush(stdout);
    int file = open("/box/full", O_CREAT | O_WRONLY, 0600);
    for (int n = 0; n < 1000; n++)
        if (write(file, block, sizeof block) < 0) return 1;
    puts("BROKEN");
}
