// attack: open sockets of the families through which kernels have been broken into, and raw ones
// expect: exited 0
// says: socket(AF_NETLINK
#include "refused.h"
#include <sys/socket.h>

int main(void) {
    REFUSED(EAFNOSUPPORT, socket(AF_ALG, SOCK_SEQPACKET, 0));
    REFUSED(EAFNOSUPPORT, socket(AF_VSOCK, SOCK_STREAM, 0));
    REFUSED(EAFNOSUPPORT, socket(AF_PACKET, SOCK_RAW, 0));
    REFUSED(EAFNOSUPPORT, socket(AF_INET, SOCK_RAW, 255));
    REFUSED(EAFNOSUPPORT, socket(AF_INET6, SOCK_RAW, 255));
    REFUSED(EAFNOSUPPORT, socket(AF_NETLINK, SOCK_RAW, 0));
    for (int family = 0; family < 64; family++)
        if (family != AF_UNIX && family != AF_INET && family != AF_INET6 && socket(family, SOCK_DGRAM, 0) >= 0) printf("BROKEN: family %d\n", family);
}
