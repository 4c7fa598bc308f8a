// attack: threads without number
// expect: processLimit
// says: on
// limits: processes=20
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

static void *rest(void *nothing) {
    pause();
    return nothing;
}

int main(void) {
    pthread_t thread;
    puts("on");
    fflush(stdout);
    for (;;) pthread_create(&thread, 0, rest, 0);
}
