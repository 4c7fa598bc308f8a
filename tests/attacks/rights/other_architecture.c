// attack: make a system call by the number of 32-bit programs, which a careless filter does not know
// expect: forbiddenCall
// says: on
// says: it called `getpid (32-bit)`
#include <stdio.h>

int main(void) {
    int answer;
    puts("on");
    fflush(stdout);
    __asm__ volatile("int $0x80" : "=a"(answer) : "a"(20));
    printf("BROKEN: %d\n", answer);
}
