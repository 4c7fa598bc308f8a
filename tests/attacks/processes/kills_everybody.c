// attack: kill all there is, and init by name
// expect: wallLimit
// says: still here
// limits: wallMs=2500
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

int main(void) {
    int answers = kill(-1, SIGKILL) + kill(1, SIGKILL);
    printf("still here %d\n", answers);
    fflush(stdout);
    for (;;) pause();
}
