//! The system calls that a guest may make.
//!
//! Everything is refused unless the [`table`] allows it, mostly with `ENOSYS`, so that a C library falls back to older
//! calls; what only an attack would call ends the process, and the outcome says `forbiddenCall` and, where a [`Listener`] can be had,
//! which call it was. The table decides, with the words of [`rule`]; `program` turns it into what the kernel of a [`Machine`] runs.

mod conditions;
mod listener;
mod machine;
pub mod probes;
mod program;
pub mod rule;
pub mod table;

use libc::sock_filter;

pub(crate) use listener::install;
pub use listener::{Call, Killed, Lethal, Listener};
pub use machine::Machine;

/// A compiled filter.
#[derive(Debug)]
pub struct Filter {
    program: Vec<sock_filter>,
    lethal: Lethal,
}

impl Filter {
    /// The filter of a guest that has a network namespace of its own; it refuses `calls` besides what the table refuses.
    pub fn guest_with_loopback(calls: &[&str], lethal: Lethal) -> Self {
        let rules = rule::rules_without(Machine::THIS, calls);
        Self { program: program::assemble(Machine::THIS, &rules, lethal), lethal }
    }

    /// The filter of a guest without a network: it also refuses sockets of the internet.
    pub fn guest(calls: &[&str], lethal: Lethal) -> Self {
        let rules = rule::local(Machine::THIS, rule::rules_without(Machine::THIS, calls));
        Self { program: program::assemble(Machine::THIS, &rules, lethal), lethal }
    }

    /// What becomes of processes that make a lethal call.
    pub const fn lethal(&self) -> Lethal {
        self.lethal
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
