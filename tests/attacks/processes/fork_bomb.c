// attack: twice as many processes, again and again
// expect: processLimit
// says: on
// limits: processes=20 memoryBytes=67108864
#include <stdio.h>
#include <unistd.h>

int main(void) {
    puts("on");
    fflush(stdout);
    for (;;) fork();
}
