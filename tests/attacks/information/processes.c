// attack: see, and end, processes of others
// expect: exited 0
// says: 0 strangers
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

int main(void) {
    int strangers = 0;
    for (pid_t pid = 2; pid < 40000; pid++) strangers += pid != getpid() && kill(pid, 0) == 0;
    printf("%d strangers\n", strangers);
}
