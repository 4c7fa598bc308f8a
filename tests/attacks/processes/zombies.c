// attack: fill the table of processes with dead children that nobody reaps
// expect: processLimit
// limits: processes=20
#include <unistd.h>

int main(void) {
    for (;;)
        if (fork() == 0) _exit(0);
}
