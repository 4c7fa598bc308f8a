// attack: have the compiler write over what it was asked for
// expect: exited 0 or compile error
#pragma GCC optimize("-o/usr/bin/planted")
#include <stdio.h>
#include <unistd.h>

int main(void) {
    if (access("/usr/bin/planted", F_OK) == 0) puts("BROKEN");
}
