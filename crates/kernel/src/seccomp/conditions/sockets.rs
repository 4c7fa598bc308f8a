//! Conditions on calls for sockets. Options are pairs of level and option. None is allowed that loads code, attaches a program, pins or
//! allocates memory outside of the socket, or reveals other sockets of the host.

use libc::{AF_INET, AF_INET6, AF_UNIX, EAFNOSUPPORT, ENOPROTOOPT};

use crate::seccomp::rule::{Condition, has_none, is, is_one_of};

pub(super) const CONDITIONS: &[Condition] = &[
    Condition {
        call: "socket",
        reason: "inside the sandbox, and of the internet, which reaches nowhere. Netlink, packets, AF_ALG and AF_VSOCK talk to the \
              kernel or past the network namespace; SCTP, DCCP and their like are drivers that asking for them loads",
        alternatives: &[
            &[is(0, AF_UNIX as u32)],
            &[
                is_one_of(0, &[AF_INET as u32, AF_INET6 as u32]),
                has_none(1, RARE_SOCKETS),
                is_one_of(2, PROTOCOLS),
            ],
        ],
        errno: EAFNOSUPPORT,
    },
    Condition {
        call: "socketpair",
        reason: "between a program's own processes",
        alternatives: &[&[is(0, AF_UNIX as u32)]],
        errno: EAFNOSUPPORT,
    },
    Condition {
        call: "setsockopt",
        reason: "what servers and clients set. Filters (ATTACH_FILTER, ATTACH_BPF, LOCK_FILTER) take memory that lasts and block \
              other filters of the host; ULP and CONGESTION load drivers; keys, multicast groups and address tables allocate",
        alternatives: &[
            &[is(1, SOL_SOCKET), is_one_of(2, OF_SOCKETS)],
            &[is(1, IPPROTO_TCP), is_one_of(2, OF_TCP)],
            &[is(1, IPPROTO_IP), is_one_of(2, OF_IP)],
            &[is(1, IPPROTO_IPV6), is_one_of(2, OF_IPV6)],
        ],
        errno: ENOPROTOOPT,
    },
    Condition {
        call: "getsockopt",
        reason: "the same, and what a socket is. Not its cookie, which is numbered for the whole host, and not its filter",
        alternatives: &[
            &[is(1, SOL_SOCKET), is_one_of(2, READ_OF_SOCKETS)],
            &[is(1, IPPROTO_TCP), is_one_of(2, READ_OF_TCP)],
            &[is(1, IPPROTO_IP), is_one_of(2, READ_OF_IP)],
            &[is(1, IPPROTO_IPV6), is_one_of(2, READ_OF_IPV6)],
        ],
        errno: ENOPROTOOPT,
    },
];

/// In place of the row for `socket` above, for programs that were given no network: so they leave nothing in the counters of
/// the network namespace, which lasts longer than they do.
pub(in super::super) const LOCAL_SOCKET: Condition = Condition {
    call: "socket",
    reason: "between a program's own processes",
    alternatives: &[&[is(0, AF_UNIX as u32)]],
    errno: EAFNOSUPPORT,
};

/// Bits of a socket's type that streams (1), datagrams (2) and raw sockets (3, which need a capability) do not have.
const RARE_SOCKETS: u32 = 0b1100;

/// The usual one, ICMP, TCP, UDP, `ICMPv6`.
const PROTOCOLS: &[u32] = &[0, 1, 6, 17, 58];

// Levels: `include/uapi/asm-generic/socket.h`, `include/uapi/linux/in.h`.
const SOL_SOCKET: u32 = 1;
const IPPROTO_IP: u32 = 0;
const IPPROTO_TCP: u32 = 6;
const IPPROTO_IPV6: u32 = 41;

/// Of `include/uapi/asm-generic/socket.h`.
const OF_SOCKETS: &[u32] = &[
    2, 15, // REUSEADDR, REUSEPORT
    9,  // KEEPALIVE
    7, 8,  // SNDBUF, RCVBUF: within what the host allows to all
    18, // RCVLOWAT
    20, 21, 66, 67, // time-outs, as of old and with 64 bits
    13, // LINGER
    5, 6,  // DONTROUTE, BROADCAST
    10, // OOBINLINE
    16, // PASSCRED
    29, 35, // TIMESTAMP, TIMESTAMPNS
];

/// The same, and TYPE, ERROR, PEERCRED, PEERNAME, ACCEPTCONN, PROTOCOL, DOMAIN, PEERGROUPS.
const READ_OF_SOCKETS: &[u32] =
    &[2, 3, 4, 5, 6, 7, 8, 9, 10, 13, 15, 16, 17, 18, 20, 21, 28, 29, 30, 35, 38, 39, 59, 66, 67];

/// Of `include/uapi/linux/tcp.h`.
const OF_TCP: &[u32] = &[
    1, 3, // NODELAY, CORK
    4, 5, 6, // KEEPIDLE, KEEPINTVL, KEEPCNT
    2, 7, 8, 9, // MAXSEG, SYNCNT, LINGER2, DEFER_ACCEPT
    12, 18, 25, // QUICKACK, USER_TIMEOUT, NOTSENT_LOWAT
];
/// The same, and INFO.
const READ_OF_TCP: &[u32] = &[1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 18, 25];

/// Of `include/uapi/linux/in.h`. Joining multicast groups is excluded: it allocates memory, and the sandbox has no peer to receive
/// from.
const OF_IP: &[u32] = &[
    1, 2, // TOS, TTL
    8, 12, 13, // what comes along with a datagram: PKTINFO, RECVTTL, RECVTOS
    10, 11, // MTU_DISCOVER, RECVERR
    24, // BIND_ADDRESS_NO_PORT
    32, 33, 34, 49, // MULTICAST_IF, _TTL, _LOOP, _ALL
];
/// The same, and MTU.
const READ_OF_IP: &[u32] = &[1, 2, 8, 10, 11, 12, 13, 14, 24, 32, 33, 34, 49];

/// Of `include/uapi/linux/in6.h`, likewise.
const OF_IPV6: &[u32] = &[
    26, // V6ONLY
    16, 67, // UNICAST_HOPS, TCLASS
    49, 51, 66, // RECVPKTINFO, RECVHOPLIMIT, RECVTCLASS
    23, 25, // MTU_DISCOVER, RECVERR
    17, 18, 19, 29, // MULTICAST_IF, _HOPS, _LOOP, _ALL
];
/// The same, and MTU.
const READ_OF_IPV6: &[u32] = &[16, 17, 18, 19, 23, 24, 25, 26, 29, 49, 51, 66, 67];
