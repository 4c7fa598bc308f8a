// attack: sleep for ever
// expect: wallLimit
// says: on
// limits: wallMs=2500
#include <stdio.h>
#include <unistd.h>

int main(void) {
    puts("on");
    fflush(stdout);
    for (;;) sleep(600);
}
