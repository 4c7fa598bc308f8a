// attack: become another by a program of its own that has the set-user-id bit
// expect: exited
// exit: 0
// never says: BROKEN
#include <fcntl.h>
#include <stdio.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

int main(int count, char **argv) {
    if (count > 1) {
        if (geteuid() != getuid() || geteuid() == 0 || setuid(0) == 0 || setgid(0) == 0) puts("BROKEN");
        return 0;
    }
    int from = open("/proc/self/exe", O_RDONLY), to = open("/tmp/x", O_CREAT | O_WRONLY, 0700);
    while (sendfile(to, from, 0, 1 << 20) > 0);
    close(to);
    chown("/tmp/x", 0, 0);
    chmod("/tmp/x", 06755);
    execl("/tmp/x", argv[0], "again", (char *)0);
    return 0;
}
