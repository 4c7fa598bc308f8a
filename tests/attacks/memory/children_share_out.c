// attack: children that each take less than the limit, but more of it together
// expect: memoryLimit
// limits: memoryBytes=67108864
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    for (int n = 0; n < 6; n++)
        if (fork() == 0) {
            volatile char *share = malloc(24 << 20);
            for (int at = 0; at < 24 << 20; at += 4096) share[at] = 1;
            for (;;) pause();
        }
    while (wait(0) > 0);
    return 1;
}
