// attack: make system calls by the numbers of 32-bit programs, which a careless filter does not know
// expect: signalled or forbiddenCall
// never says: BROKEN
#include <stdio.h>

int main(void) {
    int answer;
    // mkdir(2) there, and sched_yield(2)'s neighbour here.
    __asm__ volatile("int $0x80" : "=a"(answer) : "a"(20));
    printf("BROKEN: %d\n", answer);
}
