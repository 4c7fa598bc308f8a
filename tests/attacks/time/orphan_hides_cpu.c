// attack: spend CPU time in an orphan in a session of its own while the program sleeps
// expect: cpuLimit
// limits: cpuMs=300 wallMs=20000
#include <unistd.h>

int main(void) {
    if (fork() == 0) {
        setsid();
        if (fork() > 0) _exit(0);
        for (;;);
    }
    for (;;) pause();
}
