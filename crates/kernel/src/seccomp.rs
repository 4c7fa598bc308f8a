//! Seccomp filter: allow list of system calls for guests.
//!
//! The policy is data. [`table`] has one action for each system call whose arguments do not matter, grouped by purpose; `conditions` has
//! the calls whose arguments decide, each as alternatives of argument tests. A test checks that every call of the kernel's tables occurs in
//! exactly one place. [`policy`] combines both into one [`rule::Rule`] per call number of an [`Architecture`].
//!
//! A call without a rule is refused with `ENOSYS`, so that C libraries fall back to older calls. Refused calls have the errno that the
//! kernel itself uses. Calls that only an attack makes kill the process, and the outcome is `forbiddenCall` and, where a [`Listener`] is supported, the name of the call.
//!
//! `program` compiles the rules to classic BPF. The kernel runs a new filter once for every call number to build a cache of calls that are
//! always allowed, so the installation time depends on the depth of the program: rules become a binary search over ranges of
//! numbers, with the conditions behind it. [`probes`] lists calls with arguments and the expected action; tests run them against the
//! programs of all architectures, and as a guest on the real kernel.

mod architecture;
mod conditions;
mod install;
mod listener;
pub mod policy;
pub mod probes;
mod program;
pub mod rule;
pub mod table;

use libc::sock_filter;

pub use architecture::Architecture;
pub use install::KillMode;
pub(crate) use install::install_filter;
pub use listener::{Call, KilledProcess, Listener};

/// A compiled filter.
#[derive(Debug)]
pub struct Filter {
    program: Vec<sock_filter>,
    kill_mode: KillMode,
}

impl Filter {
    /// The filter of a guest with a loopback network; it also refuses `calls`.
    pub fn guest_with_loopback(calls: &[&str], kill_mode: KillMode) -> Self {
        let rules = policy::rules_excluding(Architecture::THIS, calls);
        Self { program: program::assemble(Architecture::THIS, &rules, kill_mode), kill_mode }
    }

    /// The filter of a guest without a network: it also refuses internet sockets.
    pub fn guest(calls: &[&str], kill_mode: KillMode) -> Self {
        let rules =
            policy::without_internet(Architecture::THIS, policy::rules_excluding(Architecture::THIS, calls));
        Self { program: program::assemble(Architecture::THIS, &rules, kill_mode), kill_mode }
    }

    /// The treatment of lethal calls.
    pub const fn kill_mode(&self) -> KillMode {
        self.kill_mode
    }

    /// The filter's instructions as the kernel lays out `struct sock_filter`, for a process that installs it itself.
    pub fn to_bytes(&self) -> Vec<u8> {
        let instruction = |one: &sock_filter| {
            let [code, code_high] = one.code.to_ne_bytes();
            let [k, k1, k2, k3] = one.k.to_ne_bytes();
            [code, code_high, one.jt, one.jf, k, k1, k2, k3]
        };
        self.program.iter().flat_map(instruction).collect()
    }

    /// The filter as seccomp(2) takes it. It points into `self`.
    pub(crate) fn as_raw(&self) -> libc::sock_fprog {
        libc::sock_fprog {
            len: u16::try_from(self.program.len()).expect("far below the kernel's cap of 4096 instructions"),
            filter: self.program.as_ptr().cast_mut(),
        }
    }
}
