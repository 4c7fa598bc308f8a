// attack: compute for ever
// expect: cpuLimit
// says: on
// limits: cpuMs=300 wallMs=20000
#include <stdio.h>

int main(void) {
    puts("on");
    fflush(stdout);
    for (;;);
}
