// attack: more and more memory
// expect: memoryLimit
// says: on
// limits: memoryBytes=67108864
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(void) {
    puts("on");
    fflush(stdout);
    for (;;) memset(malloc(1 << 20), 1, 1 << 20);
}
