// attack: swap a folder for a link to another again and again while files are read back, from an orphan
// expect: exited 0
// says: left
// never says: root:x
// brings: anything
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

int main(void) {
    mkdir("/box/a", 0700);
    mkdir("/box/c", 0700);
    int own = open("/box/a/passwd", O_CREAT | O_WRONLY, 0600);
    if (write(own, "own", 3) != 3 || symlink("/etc", "/box/b") != 0) return 1;
    if (fork() == 0) {
        setsid();
        for (;;) renameat2(AT_FDCWD, "/box/a", AT_FDCWD, "/box/b", RENAME_EXCHANGE);
    }
    usleep(100000);
    puts("left");
}
