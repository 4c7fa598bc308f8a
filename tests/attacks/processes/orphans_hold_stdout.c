// attack: exit while orphans in sessions of their own hold stdout open
// expect: exited 0
// says: on
#include <stdio.h>
#include <unistd.h>

int main(void) {
    for (int n = 0; n < 8; n++)
        if (fork() == 0) {
            setsid();
            for (;;) pause();
        }
    puts("on");
}
