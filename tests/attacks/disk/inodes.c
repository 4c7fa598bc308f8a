// attack: files without number and without content
// expect: diskLimit
// says: on
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int main(void) {
    puts("on");
    fflush(stdout);
    for (int n = 0; n < 100000; n++) {
        char name[30];
        snprintf(name, sizeof name, "/box/%d", n);
        int file = open(name, O_CREAT, 0600);
        if (file < 0) return 1;
        close(file);
    }
    puts("BROKEN");
}
