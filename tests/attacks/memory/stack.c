// attack: recursion without end
// expect: signalled SIGSEGV
// says: on
// limits: memoryBytes=134217728
#include <stdio.h>
#include <stdlib.h>

static int dig(volatile char *above) {
    volatile char here[4096];
    here[0] = above[0];
    return dig(here) + here[rand() % 4096];
}

int main(void) {
    puts("on");
    fflush(stdout);
    return dig("x");
}
