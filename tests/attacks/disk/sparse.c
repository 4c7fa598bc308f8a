// attack: a huge file with nothing in it
// expect: diskLimit
// says: on
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

int main(void) {
    signal(SIGXFSZ, SIG_IGN);
    int file = open("/box/sparse", O_CREAT | O_RDWR, 0600);
    if (ftruncate(file, 1L << 40) == 0 || pwrite(file, "x", 1, (1L << 40) - 1) == 1) puts("BROKEN: a terabyte");
    puts("on");
    fflush(stdout);
    signal(SIGXFSZ, SIG_DFL);
    return ftruncate(file, 1L << 40);
}
