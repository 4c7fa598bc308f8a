// attack: more memory than allowed, in a static array
// expect: memoryLimit
// limits: memoryBytes=67108864
#include <stdio.h>
#include <string.h>

static char array[1 << 28];

int main(void) {
    memset(array, 1, sizeof array);
    printf("BROKEN: %d\n", array[12345]);
}
