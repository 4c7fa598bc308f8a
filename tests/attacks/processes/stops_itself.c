// attack: stop, so that whoever waits for an end waits for ever
// expect: wallLimit
// says: on
// limits: wallMs=2500
#include <signal.h>
#include <stdio.h>

int main(void) {
    puts("on");
    fflush(stdout);
    raise(SIGSTOP);
}
