// attack: outrun what kills it: each process starts its successor and exits
// expect: exited 0 or processLimit
// says: on
#include <stdio.h>
#include <unistd.h>

int main(void) {
    puts("on");
    fflush(stdout);
    if (fork() == 0) {
        setsid();
        for (;;)
            if (fork() > 0) _exit(0);
    }
}
