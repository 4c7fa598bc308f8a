//! Conditions on calls for files, terminals and descriptors. Numbers are those of the generic kernel headers, which x86-64 and 64-bit ARM
//! share.

use libc::{EINVAL, EOPNOTSUPP, EPERM};

use crate::seccomp::rule::{Condition, has_none, is, is_one_of};

pub(super) const CONDITIONS: &[Condition] = &[
    Condition {
        call: "fcntl",
        reason: "descriptors, modes, record locks, seals. Leases, notices of changed folders and signals on input (SETLEASE, NOTIFY, \
              SETOWN, SETSIG, O_ASYNC) reach past the sandbox or take uncounted memory; locks of open files (OFD) cannot be told \
              from those of others when they are counted; a larger pipe counts against the host's user",
        alternatives: &[&[is_one_of(1, FCNTL_COMMANDS)], &[is(1, F_SETFL), has_none(2, O_ASYNC)]],
        errno: EINVAL,
    },
    Condition {
        call: "ioctl",
        reason: "terminals, bytes that wait, and the names and addresses of one's own network. Not typing on somebody's behalf, the \
              console's tricks, line disciplines (drivers that asking loads), or the requests of file systems and devices",
        alternatives: &[&[is_one_of(1, IOCTL_REQUESTS)]],
        errno: EPERM,
    },
    Condition {
        call: "close_range",
        reason: "closing many at once; not in a table of descriptors of the thread's own, in which locks would not be seen",
        alternatives: &[&[has_none(2, CLOSE_RANGE_UNSHARE)]],
        errno: EINVAL,
    },
    Condition {
        call: "fadvise64",
        reason: "advice on one's own reading; DONTNEED throws a toolchain out of the memory that all share",
        alternatives: &[&[is_one_of(3, FADVISE)]],
        errno: EINVAL,
    },
    Condition {
        call: "preadv2",
        reason: "NOWAIT tells whether others have read a file lately, DONTCACHE takes it out of their memory",
        alternatives: &[&[has_none(5, RWF_NOWAIT | RWF_DONTCACHE)]],
        errno: EOPNOTSUPP,
    },
    Condition {
        call: "pwritev2",
        reason: "as preadv2",
        alternatives: &[&[has_none(5, RWF_NOWAIT | RWF_DONTCACHE)]],
        errno: EOPNOTSUPP,
    },
    Condition {
        call: "memfd_create",
        reason: "files without a name; not of huge pages, of which the host keeps few and which count as nobody's",
        alternatives: &[&[has_none(1, MFD_HUGETLB)]],
        errno: EINVAL,
    },
];

// `include/uapi/asm-generic/fcntl.h` and `include/uapi/linux/fcntl.h`.
const F_SETFL: u32 = 4;
const O_ASYNC: u32 = 0o20_000;

/// Of fcntl, besides `F_SETFL`.
const FCNTL_COMMANDS: &[u32] = &[
    1, 2, // descriptor flags: get, set
    3, // GETFL
    5, 6, 7, // record locks: get, set, wait; counted by the launcher
    1030, 0,    // duplicate
    1027, // whether two descriptors are one file
    1032, // the size of a pipe: get
    1033, 1034, // seals: add, get
];

/// Of ioctl, the frequent ones first.
const IOCTL_REQUESTS: &[u32] = &[
    0x5401, // TCGETS: is it a terminal?
    0x541B, // FIONREAD
    0x5421, // FIONBIO
    0x5413,
    0x5414, // size of a terminal's window: get, set
    0x5402,
    0x5403,
    0x5404, // TCSETS, after output, and with what was typed thrown away
    0x802C_542A,
    0x402C_542B,
    0x402C_542C,
    0x402C_542D, // the same with speeds: TCGETS2, TCSETS2…
    0x5405,
    0x5406,
    0x5407,
    0x5408, // the same as of old: TCGETA, TCSETA…
    0x5409,
    0x5425, // TCSBRK, TCSBRKP: wait for output
    0x540A,
    0x540B, // flow, flush
    0x540E,
    0x5422, // controlling terminal: take, leave
    0x540F,
    0x5410, // foreground group: get, set
    0x5429, // session of a terminal
    0x5424, // line discipline: get
    0x5411, // TIOCOUTQ
    0x5420, // TIOCPKT, of the near end of a pair
    0x8004_5430,
    0x4004_5431,
    0x8004_5439,
    0x5441, // pairs of terminals: number, lock, its state, far end
    0x5450,
    0x5451,      // FIONCLEX, FIOCLEX
    0x4004_9409, // FICLONE: cp(1) tries it first, and a tmpfs has none
    0x8905,      // SIOCATMARK
    0x8910,
    0x8912,
    0x8913,
    0x8915,
    0x8919,
    0x891B,
    0x8921,
    0x8927,
    0x8933, // interfaces, as Java lists them
];

/// NORMAL, RANDOM, SEQUENTIAL, WILLNEED, NOREUSE.
const FADVISE: &[u32] = &[0, 1, 2, 3, 5];

// `include/uapi/linux/close_range.h`.
const CLOSE_RANGE_UNSHARE: u32 = 2;

// `include/uapi/linux/fs.h`.
const RWF_NOWAIT: u32 = 0x8;
const RWF_DONTCACHE: u32 = 0x80;

/// `MFD_HUGETLB`, and the sizes of such pages.
const MFD_HUGETLB: u32 = 0x4 | 0xFC00_0000;
