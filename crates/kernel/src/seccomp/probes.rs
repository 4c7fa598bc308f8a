//! Calls of which arguments decide, tried as an attacker would: what must come of each.
//!
//! Tests hold them against the programs of all machines, and have a guest make them.

use super::rule::Answer::{self, Allow, Refuse};

/// A call with arguments.
#[derive(Debug)]
pub struct Probe {
    /// What it tries.
    pub name: &'static str,
    /// The call.
    pub call: &'static str,
    /// Its first arguments; the others are 0.
    pub arguments: &'static [u64],
    /// What must come of it.
    pub expected: Answer,
}

const fn probe(name: &'static str, call: &'static str, arguments: &'static [u64], expected: Answer) -> Probe {
    Probe { name, call, arguments, expected }
}

/// A bit that the kernel does not look at: what is refused without it must be refused with it.
const UPPER: u64 = 1 << 32;

/// What a fork that is not of threads has among its flags.
const SIGCHLD: u64 = 0x11;

const NAMESPACE: Answer = Refuse(libc::EPERM);
const FAMILY: Answer = Refuse(libc::EAFNOSUPPORT);
const IOCTL: Answer = Refuse(libc::EPERM);
const LIMITS: Answer = Refuse(libc::EPERM);
const LAYOUT: Answer = Refuse(libc::EPERM);
const OPTION: Answer = Refuse(libc::EINVAL);

/// All of them.
pub const PROBES: &[Probe] = &[
    probe("a fork", "clone", &[SIGCHLD], Allow),
    probe("a mount namespace", "clone", &[0x2_0000 | SIGCHLD], NAMESPACE),
    probe("a cgroup namespace", "clone", &[0x200_0000 | SIGCHLD], NAMESPACE),
    probe("a UTS namespace", "clone", &[0x400_0000 | SIGCHLD], NAMESPACE),
    probe("an IPC namespace", "clone", &[0x800_0000 | SIGCHLD], NAMESPACE),
    probe("a user namespace", "clone", &[0x1000_0000 | SIGCHLD], NAMESPACE),
    probe("a user namespace behind an upper bit", "clone", &[UPPER | 0x1000_0000 | SIGCHLD], NAMESPACE),
    probe("a pid namespace", "clone", &[0x2000_0000 | SIGCHLD], NAMESPACE),
    probe("a network namespace", "clone", &[0x4000_0000 | SIGCHLD], NAMESPACE),
    probe("a time namespace", "clone", &[0x80], NAMESPACE),
    probe("a local socket", "socket", &[1, 1, 0], Allow),
    probe("a local socket of packets", "socket", &[1, 5, 0], Allow),
    probe("a TCP socket", "socket", &[2, 1 | 0o2_004_000, 6], Allow),
    probe("a UDP socket", "socket", &[10, 2, 17], Allow),
    probe("SCTP by its protocol", "socket", &[2, 1, 132], FAMILY),
    probe("SCTP by its type", "socket", &[2, 5, 0], FAMILY),
    probe("DCCP", "socket", &[10, 6, 33], FAMILY),
    probe("MPTCP", "socket", &[2, 1, 262], FAMILY),
    probe("SMC", "socket", &[43, 1, 0], FAMILY),
    probe("AF_UNSPEC", "socket", &[0, 1, 0], FAMILY),
    probe("AF_NETLINK", "socket", &[16, 3, 0], FAMILY),
    probe("AF_NETLINK behind an upper bit", "socket", &[UPPER | 0x10, 3, 0], FAMILY),
    probe("AF_PACKET", "socket", &[17, 3, 0], FAMILY),
    probe("AF_KEY", "socket", &[15, 3, 2], FAMILY),
    probe("AF_RDS", "socket", &[21, 5, 0], FAMILY),
    probe("AF_CAN", "socket", &[29, 3, 1], FAMILY),
    probe("AF_TIPC", "socket", &[30, 2, 0], FAMILY),
    probe("AF_BLUETOOTH", "socket", &[31, 3, 1], FAMILY),
    probe("AF_ALG", "socket", &[38, 5, 0], FAMILY),
    probe("AF_VSOCK", "socket", &[40, 1, 0], FAMILY),
    probe("AF_QIPCRTR", "socket", &[42, 2, 0], FAMILY),
    probe("AF_XDP", "socket", &[44, 3, 0], FAMILY),
    probe("a pair of sockets of the internet", "socketpair", &[2, 1, 0], FAMILY),
    probe("a pair by AF_TIPC", "socketpair", &[30, 2, 0], FAMILY),
    probe("TIOCGWINSZ", "ioctl", &[0, 0x5413], Allow),
    probe("TIOCSTI", "ioctl", &[0, 0x5412], IOCTL),
    probe("TIOCSTI behind an upper bit", "ioctl", &[0, UPPER | 0x5412], IOCTL),
    probe("TIOCLINUX", "ioctl", &[0, 0x541C], IOCTL),
    probe("TIOCCONS", "ioctl", &[0, 0x541D], IOCTL),
    probe("TIOCSETD", "ioctl", &[0, 0x5423], IOCTL),
    probe("one's own limits", "prlimit64", &[0], Allow),
    probe("init's limits", "prlimit64", &[1], LIMITS),
    probe("one's own limits behind an upper bit", "prlimit64", &[UPPER], Allow),
    probe("asking for the personality", "personality", &[0xffff_ffff], Allow),
    probe("the usual personality", "personality", &[0], Allow),
    probe("ADDR_NO_RANDOMIZE", "personality", &[0x004_0000], LAYOUT),
    probe("READ_IMPLIES_EXEC", "personality", &[0x040_0000], LAYOUT),
    probe("MMAP_PAGE_ZERO", "personality", &[0x010_0000], LAYOUT),
    probe("PER_LINUX32", "personality", &[0x8], LAYOUT),
    probe("PR_GET_DUMPABLE", "prctl", &[3], Allow),
    probe("PR_GET_NO_NEW_PRIVS", "prctl", &[39], Allow),
    probe("PR_SET_SECCOMP", "prctl", &[22, 1], OPTION),
    probe("PR_SET_SECCOMP behind an upper bit", "prctl", &[UPPER | 0x16, 1], OPTION),
    probe("PR_SET_TSC", "prctl", &[26, 2], OPTION),
    probe("PR_SET_SECUREBITS", "prctl", &[28, 0], OPTION),
    probe("PR_TASK_PERF_EVENTS_ENABLE", "prctl", &[32], OPTION),
    probe("PR_SET_MM", "prctl", &[35, 1], OPTION),
    probe("PR_SET_IO_FLUSHER", "prctl", &[57, 1], OPTION),
    probe("PR_SET_SYSCALL_USER_DISPATCH", "prctl", &[59, 1], OPTION),
    probe("PR_SCHED_CORE", "prctl", &[62, 1], OPTION),
    probe("PR_SET_PTRACER", "prctl", &[0x5961_6d61, u64::MAX], OPTION),
];
