// attack: put another program in the place of its own while it runs
// expect: exited 0
// says: as submitted
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int main(void) {
    unlink("/box/main");
    int file = open("/box/main", O_CREAT | O_WRONLY, 0700);
    if (write(file, "#!/bin/echo another\n", 20) == 20) puts("as submitted");
}
