// attack: ignore SIGXCPU and raise the limit on CPU time
// expect: cpuLimit
// limits: cpuMs=300 wallMs=20000
#include <signal.h>
#include <sys/resource.h>

int main(void) {
    signal(SIGXCPU, SIG_IGN);
    setrlimit(RLIMIT_CPU, &(struct rlimit){RLIM_INFINITY, RLIM_INFINITY});
    for (;;);
}
