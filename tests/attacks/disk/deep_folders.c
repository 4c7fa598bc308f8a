// attack: folders so deep that who removes them runs out of stack, or of path
// expect: diskLimit
#include <sys/stat.h>
#include <unistd.h>

int main(void) {
    for (int n = 0; n < 3000 && mkdir("dddddddd", 0700) == 0; n++) chdir("dddddddd");
}
