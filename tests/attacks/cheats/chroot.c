// attack: climb out of the root folder by way of another
// expect: exited or forbiddenCall
// never says: BROKEN
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

int main(void) {
    mkdir("/tmp/root", 0700);
    if (chroot("/tmp/root") == 0) puts("BROKEN");
    for (int n = 0; n < 100; n++) chdir("..");
    if (access("etc/shadow", F_OK) == 0) puts("BROKEN");
}
