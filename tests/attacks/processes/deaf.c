// attack: ignore every signal that can be ignored
// expect: wallLimit
// says: on
// limits: wallMs=2500
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

int main(void) {
    for (int signal_number = 1; signal_number < 65; signal_number++) signal(signal_number, SIG_IGN);
    puts("on");
    fflush(stdout);
    if (fork() == 0) setsid();
    for (;;) pause();
}
