// attack: stop, so that whoever waits for an end waits for ever
// expect: wallLimit
// says: on
// limits: wallMs=700
#include <signal.h>
#include <stdio.h>

int main(void) {
    puts("on");
    fflush(stdout);
    raise(SIGSTOP);
}
