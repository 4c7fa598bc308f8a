// attack: stop init, which watches over the sandbox
// expect: exited 0
// says: still watched
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

int main(void) {
    kill(1, SIGSTOP);
    kill(getppid(), SIGSTOP);
    kill(getppid(), SIGKILL);
    puts("still watched");
}
