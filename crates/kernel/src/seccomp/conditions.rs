//! Conditions: allow lists of arguments, each with its reason. Other arguments are refused with the errno that the kernel itself uses
//! for an unknown or forbidden request.
//!
//! A call that is allowed for all arguments skips the filter, because the kernel caches this result. A condition costs some tens of
//! nanoseconds per call, so only calls with arguments to refuse have one.

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
