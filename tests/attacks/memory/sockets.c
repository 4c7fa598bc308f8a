// attack: memory of the kernel's, in full sockets
// expect: exited 0
// says: held
// limits: memoryBytes=67108864
#include <stdio.h>
#include <sys/socket.h>

int main(void) {
    static char block[1 << 16];
    int ends[2];
    long held = 0;
    while (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) == 0)
        for (long wrote; (wrote = send(ends[0], block, sizeof block, 0)) > 0;) held += wrote;
    printf("%s: %ld\n", held > 64 << 20 ? "BROKEN" : "held", held);
}
