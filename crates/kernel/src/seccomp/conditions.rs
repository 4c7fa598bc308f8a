//! Conditions: allow lists of arguments, each with its reason. Other arguments are refused with the errno that the kernel itself uses
//! for an unknown or forbidden request.
//!
//! A call that is made whatever its arguments are skips the filter (the kernel remembers it), so a condition costs some
//! tens of nanoseconds for each call: only calls with something to refuse have one.

mod files;
mod memory;
mod processes;
mod sockets;

pub(super) use self::{memory::COUNTED_MAPPING, sockets::LOCAL_SOCKET};
use super::rule::Condition;

/// All of them.
pub(super) fn all() -> impl Iterator<Item = &'static Condition> {
    [files::CONDITIONS, memory::CONDITIONS, processes::CONDITIONS, sockets::CONDITIONS].into_iter().flatten()
}
