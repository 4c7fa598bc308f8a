// attack: memory in files of several folders, each below the limit on files
// expect: memoryLimit
// says: on
// limits: memoryBytes=67108864
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int main(void) {
    static char block[1 << 20];
    puts("on");
    fflush(stdout);
    for (const char *const *name = (const char *[]){"/tmp/a", "/dev/shm/b", "/box/c", 0}; *name; name++) {
        int file = open(*name, O_CREAT | O_WRONLY, 0600);
        for (int n = 0; n < 40 && write(file, block, sizeof block) > 0; n++);
    }
    puts("BROKEN");
}
