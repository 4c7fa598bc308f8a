// attack: names as long as they may be, with every byte that is no letter
// expect: diskLimit
// says: on
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int main(void) {
    char name[256] = {0};
    puts("on");
    fflush(stdout);
    if (chdir("/box") != 0) return 2;
    for (int n = 0; n < 5000; n++) {
        int length = snprintf(name, sizeof name, "%d", n);
        for (int at = length; at < 255; at++) name[at] = at % 200 + 50;
        int file = open(name, O_CREAT, 0600);
        if (file < 0) return 1;
        close(file);
    }
    puts("BROKEN");
}
