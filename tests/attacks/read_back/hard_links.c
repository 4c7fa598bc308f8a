// attack: have one file read back by many names, to have it counted once and sent often
// expect: exited 0
// says: left
// brings: a b c
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int main(void) {
    close(open("/box/a", O_CREAT, 0600));
    if (link("/box/a", "/box/b") + link("/box/a", "/box/c") == 0) puts("left");
}
