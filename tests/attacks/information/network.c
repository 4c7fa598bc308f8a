// attack: listen to and forge packets, and talk to the kernel's own sockets
// expect: exited or forbiddenCall
// never says: BROKEN
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

int main(void) {
    for (int family = 2; family < 46; family++)
        if (socket(family, SOCK_RAW, 255) >= 0) printf("BROKEN: %d\n", family), fflush(stdout);
}
