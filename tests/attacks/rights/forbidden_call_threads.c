// attack: keep whoever watches for forbidden calls busy with many threads that make them at once, and catch the signal
// expect: forbiddenCall
// says: it called `ptrace`
#include <pthread.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <unistd.h>

static void catch(int number) { write(1, "BROKEN\n", 7); }

static void *trace(void *none) {
    for (;;) ptrace(PTRACE_ATTACH, 1, 0, 0);
}

int main(void) {
    signal(SIGSYS, catch);
    for (int started = 0; started < 24; started++) {
        pthread_t thread;
        pthread_create(&thread, 0, trace, 0);
    }
    pause();
}
