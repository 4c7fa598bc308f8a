// attack: take hold of another process, by a call that only an attack makes
// expect: forbiddenCall
// says: on
// says: it called `ptrace`
#include <stdio.h>
#include <sys/ptrace.h>

int main(void) {
    puts("on");
    fflush(stdout);
    long answer = ptrace(PTRACE_ATTACH, 1, 0, 0);
    printf("BROKEN: %ld\n", answer);
}
