//! Conditions on calls for memory, and for segments, semaphores and queues of System V.

use libc::{EINVAL, ENOMEM};

use crate::seccomp::rule::{Condition, has_none, is_one_of};

pub(super) const CONDITIONS: &[Condition] = &[
    Condition {
        call: "mmap",
        reason: "memory and files; not huge pages of the host's pool, which count as nobody's, nor memory that the kernel may forget \
              or that grows by itself, which no language uses",
        alternatives: &[&[has_none(3, REFUSED_MAPPINGS)]],
        errno: ENOMEM,
    },
    Condition {
        call: "madvise",
        reason: "advice on one's own pages. MERGEABLE lets one learn what is in others' memory, PAGEOUT and COLD put toolchains out of \
              it, HWPOISON and SOFT_OFFLINE take it out of the machine",
        alternatives: &[&[is_one_of(2, MADVISE)]],
        errno: EINVAL,
    },
    Condition {
        call: "shmget",
        reason: "segments of ordinary pages; of huge ones the host keeps few",
        alternatives: &[&[has_none(2, SHM_HUGETLB | HUGE_PAGE_SIZES)]],
        errno: ENOMEM,
    },
    Condition {
        call: "shmctl",
        reason: "looking, changing, removing; not locking in memory, which counts against the host's user",
        alternatives: &[&[is_one_of(1, SHMCTL)]],
        errno: EINVAL,
    },
    Condition {
        call: "semctl",
        reason: "looking, changing, removing, all in the sandbox's own namespace",
        alternatives: &[&[is_one_of(2, SEMCTL)]],
        errno: EINVAL,
    },
    Condition {
        call: "msgctl",
        reason: "as semctl",
        alternatives: &[&[is_one_of(1, MSGCTL)]],
        errno: EINVAL,
    },
    Condition {
        call: "membarrier",
        reason: "barriers between one's own threads; the global ones interrupt or wait for every processor of the machine",
        alternatives: &[&[is_one_of(0, MEMBARRIER)]],
        errno: EINVAL,
    },
];

/// In place of the row for `mmap` above where only processes are counted: memory that is shared and has no name stays when no
/// process shows it in its table any more. Processes share files in `/dev/shm` instead, which are counted.
pub(in super::super) const COUNTED_MAPPING: Condition = Condition {
    call: "mmap",
    reason: "memory of one's own, and files",
    alternatives: &[
        &[has_none(3, REFUSED_MAPPINGS | MAP_SHARED)],
        &[has_none(3, REFUSED_MAPPINGS | MAP_ANONYMOUS)],
    ],
    errno: ENOMEM,
};

const REFUSED_MAPPINGS: u32 = MAP_HUGETLB | MAP_DROPPABLE | MAP_GROWSDOWN | MAP_SYNC;
const MAP_SHARED: u32 = 0x1;
const MAP_ANONYMOUS: u32 = 0x20;

// `include/uapi/asm-generic/mman-common.h` and `mman.h`, `include/uapi/linux/mman.h`.
const MAP_DROPPABLE: u32 = 0x8;
const MAP_GROWSDOWN: u32 = 0x100;
const MAP_HUGETLB: u32 = 0x4_0000;
const MAP_SYNC: u32 = 0x8_0000;

const MADVISE: &[u32] = &[
    4, 8, // DONTNEED, FREE
    14, 15, 25, // huge pages of one's own: yes, no, now
    0, 1, 2, 3, // NORMAL, RANDOM, SEQUENTIAL, WILLNEED
    10, 11, 18, 19, // over a fork: DONTFORK, DOFORK, WIPEONFORK, KEEPONFORK
    16, 17, // DONTDUMP, DODUMP
    22, 23, 24, // POPULATE_READ, POPULATE_WRITE, DONTNEED_LOCKED
    102, 103, // guard pages: install, remove
];

const SHM_HUGETLB: u32 = 0o4_000;
const HUGE_PAGE_SIZES: u32 = 0xFC00_0000;

/// RMID, SET, STAT and INFO of all three, and the requests of ipcs(1).
const SHMCTL: &[u32] = &[0, 1, 2, 3, 13, 14];
/// The same, and GETPID, GETVAL, GETALL, GETNCNT, GETZCNT, SETVAL, SETALL.
const SEMCTL: &[u32] = &[0, 1, 2, 3, 11, 12, 13, 14, 15, 16, 17, 18, 19];
const MSGCTL: &[u32] = &[0, 1, 2, 3, 11, 12];

/// QUERY; private barriers, of code and of restartable sequences, each with the call that registers for it.
const MEMBARRIER: &[u32] = &[0, 8, 16, 32, 64, 128, 256];
