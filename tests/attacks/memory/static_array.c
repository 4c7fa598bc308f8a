// attack: more memory than allowed, in a static array
// expect: memoryLimit
// limits: memoryBytes=67108864
#include <string.h>

static char array[1 << 28];

int main(void) {
    memset(array, 1, sizeof array);
    return array[12345];
}
