// attack: spend CPU time in one short-lived child after another
// expect: cpuLimit
// limits: cpuMs=300 wallMs=20000
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int main(void) {
    for (;;) {
        if (fork() == 0) {
            while (clock() < CLOCKS_PER_SEC / 50);
            _exit(0);
        }
        wait(0);
    }
}
