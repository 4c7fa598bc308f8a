// attack: names without number for a single file
// expect: diskLimit
// says: on
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int main(void) {
    puts("on");
    fflush(stdout);
    close(open("/box/file", O_CREAT, 0600));
    for (int n = 0; n < 100000; n++) {
        char name[30];
        snprintf(name, sizeof name, "/box/%d", n);
        if (link("/box/file", name) != 0) return 1;
    }
    puts("BROKEN");
}
