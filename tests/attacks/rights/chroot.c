// attack: climb out of the root folder by way of another
// expect: exited 0
// says: etc/shadow", F_OK): No such file
#include "refused.h"
#include <sys/stat.h>
#include <unistd.h>

int main(void) {
    mkdir("/tmp/root", 0700);
    REFUSED(EPERM, chroot("/tmp/root"));
    for (int n = 0; n < 100; n++)
        if (chdir("..") != 0) return 1;
    REFUSED(ENOENT, access("etc/shadow", F_OK));
}
