// attack: leave files wherever it can write
// expect: exited 0
// says: left
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int main(void) {
    int made = 0;
    made += open("/box/left", O_CREAT | O_WRONLY, 0666) >= 0;
    made += open("/tmp/left", O_CREAT | O_WRONLY, 0666) >= 0;
    made += open("/dev/shm/left", O_CREAT | O_WRONLY, 0666) >= 0;
    puts(made == 3 ? "left" : "could not");
}
