// attack: leave a grandchild behind that belongs to nobody
// expect: exited 0
// says: gone
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    if (fork() == 0) {
        if (fork() == 0) {
            setsid();
            for (;;) pause();
        }
        _exit(0);
    }
    wait(0);
    puts("gone");
}
