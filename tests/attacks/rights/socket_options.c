// attack: attach a filter to a socket, of which the host has room for only so many, and load what protocols bring
// expect: exited 0
// says: SO_ATTACH_FILTER
// says: TCP_ULP
#include "refused.h"
#include <linux/filter.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#ifndef TCP_ULP
#define TCP_ULP 31
#endif

int main(void) {
    struct sock_filter accept_all = {BPF_RET | BPF_K, 0, 0, 0xffffffff};
    struct sock_fprog program = {1, &accept_all};
    int tcp = socket(AF_INET, SOCK_STREAM, 0), udp = socket(AF_INET6, SOCK_DGRAM, 0), local = socket(AF_UNIX, SOCK_DGRAM, 0), on = 1;
    REFUSED(ENOPROTOOPT, setsockopt(tcp, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program));
    REFUSED(ENOPROTOOPT, setsockopt(local, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program));
    REFUSED(ENOPROTOOPT, setsockopt(udp, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &program, sizeof program));
    REFUSED(ENOPROTOOPT, setsockopt(udp, SOL_SOCKET, SO_ATTACH_BPF, &on, sizeof on));
    REFUSED(ENOPROTOOPT, setsockopt(local, SOL_SOCKET, SO_LOCK_FILTER, &on, sizeof on));
    REFUSED(ENOPROTOOPT, setsockopt(tcp, SOL_SOCKET, SO_ZEROCOPY, &on, sizeof on));
    REFUSED(ENOPROTOOPT, setsockopt(tcp, IPPROTO_TCP, TCP_ULP, "tls", 3));
    REFUSED(ENOPROTOOPT, setsockopt(tcp, IPPROTO_TCP, TCP_CONGESTION, "vegas", 5));
    REFUSED(ENOPROTOOPT, setsockopt(tcp, IPPROTO_TCP, TCP_MD5SIG, &on, sizeof on));
    REFUSED(ENOPROTOOPT, setsockopt(udp, IPPROTO_IPV6, IPV6_ADDRFORM, &on, sizeof on));
    unsigned long long cookie;
    socklen_t length = sizeof cookie;
    REFUSED(ENOPROTOOPT, getsockopt(local, SOL_SOCKET, SO_COOKIE, &cookie, &length));
    REFUSED(ENOPROTOOPT, getsockopt(tcp, SOL_SOCKET, SO_GET_FILTER, 0, &length));
    // What everybody sets is not refused.
    if (setsockopt(tcp, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) || setsockopt(tcp, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on))
        puts("BROKEN: usual options are refused");
}
