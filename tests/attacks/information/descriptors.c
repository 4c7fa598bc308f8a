// attack: use descriptors that somebody forgot to close
// expect: exited 0
// says: only three
#include <fcntl.h>
#include <stdio.h>

int main(void) {
    for (int n = 3; n < 4096; n++)
        if (fcntl(n, F_GETFD) >= 0) printf("BROKEN: %d\n", n);
    puts("only three");
}
