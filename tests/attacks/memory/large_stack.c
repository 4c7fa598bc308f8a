// attack: more memory than allowed, on the stacks of threads
// expect: memoryLimit
// says: on
// limits: memoryBytes=67108864
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

static void *fill(void *nothing) {
    volatile char stack[7 << 20];
    for (int at = 0; at < 7 << 20; at += 4096) stack[at] = 1;
    pause();
    return nothing;
}

int main(void) {
    puts("on");
    fflush(stdout);
    for (int n = 0; n < 16; n++) pthread_create(&(pthread_t){0}, 0, fill, 0);
    pause();
}
