//! Calls of which the arguments decide: each is an allow list, with the reason, and refused with the errno that the kernel
//! itself uses for a request that it does not know or does not permit.
//!
//! A call that is made whatever its arguments are skips the filter (the kernel remembers it), so a condition costs some
//! tens of nanoseconds for each call: only calls with something to refuse have one.

mod files;
mod memory;
mod processes;
mod sockets;

pub(super) use self::{memory::COUNTED_MAPPING, sockets::LOCAL_SOCKET};
use super::rule::{Argument, Condition, Test};

/// All of them.
pub(super) fn all() -> impl Iterator<Item = &'static Condition> {
    [files::CONDITIONS, memory::CONDITIONS, processes::CONDITIONS, sockets::CONDITIONS].into_iter().flatten()
}

const fn argument(index: u8, test: Test) -> Argument {
    Argument { index, test }
}

const fn is(index: u8, value: u32) -> Argument {
    argument(index, Test::Is(value))
}

const fn is_one_of(index: u8, values: &'static [u32]) -> Argument {
    argument(index, Test::IsOneOf(values))
}

const fn has_none(index: u8, bits: u32) -> Argument {
    argument(index, Test::HasNone(bits))
}
