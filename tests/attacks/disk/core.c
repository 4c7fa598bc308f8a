// attack: leave a core dump, wherever cores go
// expect: exited 0
// says: no core
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    setrlimit(RLIMIT_CORE, &(struct rlimit){RLIM_INFINITY, RLIM_INFINITY});
    int status;
    if (fork() == 0) abort();
    wait(&status);
    puts(WCOREDUMP(status) ? "BROKEN" : "no core");
}
