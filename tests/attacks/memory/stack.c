// attack: recursion without end
// expect: signalled SIGKILL or memoryLimit
// limits: memoryBytes=67108864
#include <stdlib.h>

static int dig(volatile char *above) {
    volatile char here[4096];
    here[0] = above[0];
    return dig(here) + here[rand() % 4096];
}

int main(void) { return dig("x"); }
