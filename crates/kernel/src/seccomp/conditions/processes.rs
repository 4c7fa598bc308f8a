//! Conditions on calls for processes: creation, scheduling, attributes.
//!
//! If a guest has init's id, the kernel would let it change init, too. So calls with a target process may only name the
//! caller itself.

use libc::{
    CLONE_NEWCGROUP, CLONE_NEWIPC, CLONE_NEWNET, CLONE_NEWNS, CLONE_NEWPID, CLONE_NEWUSER, CLONE_NEWUTS,
    CLONE_PARENT, CLONE_PIDFD, CLONE_PTRACE, CLONE_THREAD, CLONE_UNTRACED, EINVAL, EPERM,
};

use crate::seccomp::rule::{ArgumentPredicate, Condition, argument, has_none, is, is_one_of};

pub(super) const CONDITIONS: &[Condition] = &[
    Condition {
        call: "clone",
        reason: "processes and threads of one's own: without namespaces, nobody else's children, and not traced. No descriptors of processes, \
              whose inodes count those of the whole host. Threads only as C libraries and Go make them: one with files of its own \
              hides its record locks",
        alternatives: &[
            &[has_none(0, NEW_NAMESPACES | NOT_ONES_OWN | CLONE_THREAD as u32)],
            &[is_one_of(0, THREADS)],
        ],
        errno: EPERM,
    },
    Condition {
        call: "prlimit64",
        reason: "one's own limits; see above. Not the size of core dumps: it keeps the host's handler of them from being started",
        alternatives: &[
            &[is(0, 0), is_one_of(1, CHANGEABLE_LIMITS)],
            &[is(0, 0), argument(2, ArgumentPredicate::IsNull)],
        ],
        errno: EPERM,
    },
    Condition {
        call: "setrlimit",
        reason: "as prlimit64",
        alternatives: &[&[is_one_of(0, CHANGEABLE_LIMITS)]],
        errno: EPERM,
    },
    Condition {
        call: "setpriority",
        reason: "one's own; those of a user or a group reach init",
        alternatives: &[&[is(0, PRIO_PROCESS), is(1, 0)]],
        errno: EPERM,
    },
    Condition {
        call: "sched_setscheduler",
        reason: "one's own, among the policies that give precedence to nobody",
        alternatives: &[&[is(0, 0), is_one_of(1, POLICIES)]],
        errno: EPERM,
    },
    Condition { call: "sched_setparam", reason: "one's own", alternatives: &[&[is(0, 0)]], errno: EPERM },
    Condition {
        call: "personality",
        reason: "asking for the execution domain, or for the usual one; not for a fixed address layout",
        alternatives: &[&[is_one_of(0, &[0, 0xffff_ffff])]],
        errno: EPERM,
    },
    Condition {
        call: "prctl",
        reason: "names, signals of a parent's death, giving up rights. Names for memory are not among them: they are memory that the \
              kernel counts for nobody; and who cannot be dumped cannot be looked at by the launcher",
        alternatives: &[&[is_one_of(0, PRCTL_OPTIONS)], &[is(0, PR_SET_DUMPABLE), is(1, 1)]],
        errno: EINVAL,
    },
    Condition {
        call: "arch_prctl",
        reason: "where a thread's own memory begins, and what the processor can do; not larger registers, whose room counts as \
              nobody's, and not a second copy of the kernel's own page",
        alternatives: &[&[is_one_of(0, ARCH_PRCTL)]],
        errno: EINVAL,
    },
];

/// Namespaces that `clone` could make: none may.
const NEW_NAMESPACES: u32 = (CLONE_NEWNS
    | CLONE_NEWUSER
    | CLONE_NEWPID
    | CLONE_NEWNET
    | CLONE_NEWIPC
    | CLONE_NEWUTS
    | CLONE_NEWCGROUP) as u32
    | 0x80; // CLONE_NEWTIME

/// Flags for siblings (the parent may be outside of the sandbox), for tracing, and for descriptors of processes.
const NOT_ONES_OWN: u32 = (CLONE_PARENT | CLONE_PTRACE | CLONE_UNTRACED | CLONE_PIDFD) as u32;

/// The flags of threads: of glibc, of musl, and of Go without and with its own thread-local storage.
const THREADS: &[u32] = &[0x3d_0f00, 0x7d_0f00, 0x5_0f00, 0xd_0f00];

const PR_SET_DUMPABLE: u32 = 4;

/// All resources of `include/uapi/asm-generic/resource.h` but `RLIMIT_CORE` (4).
const CHANGEABLE_LIMITS: &[u32] = &[0, 1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];

const PRIO_PROCESS: u32 = 0;

/// OTHER, BATCH and IDLE, each also with `SCHED_RESET_ON_FORK`.
const POLICIES: &[u32] = &[0, 3, 5, 0x4000_0000, 0x4000_0003, 0x4000_0005];

/// Of `include/uapi/linux/prctl.h`. Excluded: installing filters, changing the memory map that the kernel reports, and
/// options for debuggers, emulators and machines with faulty memory.
const PRCTL_OPTIONS: &[u32] = &[
    1,
    2, // PDEATHSIG: set, get
    3, // DUMPABLE: get
    7,
    8, // KEEPCAPS: get, set
    15,
    16, // NAME: set, get
    21, // GET_SECCOMP
    23,
    24, // CAPBSET: read, drop
    27, // GET_SECUREBITS
    29,
    30, // TIMERSLACK: set, get
    36,
    37, // CHILD_SUBREAPER: set, get
    38,
    39, // NO_NEW_PRIVS: set, get
    40, // GET_TID_ADDRESS
    41,
    42, // THP_DISABLE: set, get
    47, // CAP_AMBIENT
    50,
    51, // SVE vector length: set, get
    52, // SPECULATION_CTRL: get
    54,
    55,
    56,          // PAC_RESET_KEYS; TAGGED_ADDR_CTRL: set, get
    0x4155_5856, // GET_AUXV
];

/// `SET_GS`, `SET_FS`, `GET_FS`, `GET_GS`; the available registers, and the permitted ones.
const ARCH_PRCTL: &[u32] = &[0x1001, 0x1002, 0x1003, 0x1004, 0x1021, 0x1022];
