// attack: folders so deep that whoever removes them runs out of stack, or of path
// expect: diskLimit
// says: on
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

int main(void) {
    puts("on");
    fflush(stdout);
    for (int n = 0; n < 3000; n++)
        if (mkdir("dddddddd", 0700) + chdir("dddddddd") != 0) return 1;
    puts("BROKEN");
}
