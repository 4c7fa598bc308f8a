// attack: write without end
// expect: outputLimit
// says: on
// limits: outputBytes=10000
#include <stdio.h>

int main(void) {
    puts("on");
    for (;;) puts("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");
}
