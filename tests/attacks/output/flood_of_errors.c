// attack: write errors without end
// expect: outputLimit
// says: on
// limits: outputBytes=10000
#include <stdio.h>

int main(void) {
    fputs("on\n", stderr);
    for (;;) fputs("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n", stderr);
}
