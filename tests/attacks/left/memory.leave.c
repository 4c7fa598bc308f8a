// attack: leave a secret in memory and on the stack
// expect: exited 0
// says: left
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(void) {
    for (int n = 0; n < 40; n++) {
        char *page = malloc(1 << 20);
        for (int at = 0; at < 1 << 20; at += 16) memcpy(page + at, "left-by-another", 16);
    }
    puts("left");
}
