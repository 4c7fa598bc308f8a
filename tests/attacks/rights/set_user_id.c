// attack: become another by a program of its own that has the set-user-id bit
// expect: exited 0
// says: nobody else
#include "refused.h"
#include <fcntl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

int main(int count, char **argv) {
    if (count > 1) {
        REFUSED(EPERM, setuid(0));
        puts(geteuid() == getuid() && geteuid() == 1000 ? "nobody else" : "BROKEN");
        return 0;
    }
    int from = open("/proc/self/exe", O_RDONLY), to = open("/box/x", O_CREAT | O_WRONLY, 0700);
    while (sendfile(to, from, 0, 1 << 20) > 0);
    close(to);
    REFUSED(EPERM, chown("/box/x", 0, 0));
    if (chmod("/box/x", 06755) != 0) return 1;
    execl("/box/x", argv[0], "again", (char *)0);
    return 2;
}
