// attack: spend CPU time in threads, each below the limit, while the main thread sleeps
// expect: cpuLimit
// limits: cpuMs=300 wallMs=20000
#include <pthread.h>
#include <unistd.h>

static void *spin(void *nothing) {
    for (;;);
    return nothing;
}

int main(void) {
    for (int n = 0; n < 4; n++) pthread_create(&(pthread_t){0}, 0, spin, 0);
    for (;;) pause();
}
