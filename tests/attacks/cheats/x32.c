// attack: make system calls by the numbers of x32, which a careless filter does not know
// expect: exited or signalled or forbiddenCall
// never says: BROKEN
#include <stdio.h>
#include <unistd.h>

int main(void) {
    if (syscall(0x40000000 + 39) > 0) puts("BROKEN");
}
