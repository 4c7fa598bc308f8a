// attack: take hold of init with ptrace
// expect: exited or forbiddenCall
// never says: BROKEN
#include <stdio.h>
#include <sys/ptrace.h>
#include <unistd.h>

int main(void) {
    if (ptrace(PTRACE_ATTACH, 1, 0, 0) == 0 || ptrace(PTRACE_SEIZE, getppid(), 0, 0) == 0) puts("BROKEN");
}
