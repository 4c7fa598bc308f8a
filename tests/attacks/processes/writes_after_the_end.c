// attack: let an orphan go on writing into the result after the program's end
// expect: exited 0
// says: on
// never says: late
#include <stdio.h>
#include <unistd.h>

int main(void) {
    if (fork() == 0) {
        setsid();
        sleep(1);
        for (;;)
            if (write(1, "late\n", 5) < 0) return 1;
    }
    puts("on");
}
