//! Errors of the sandbox itself, never of the program in it.

use std::time::Duration;

use kernel::KernelError;
use model::Bytes;

/// A sandbox could not do its work. Never a fault of the program in it.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// The kernel refused a step.
    #[error("the sandbox failed")]
    Kernel(#[from] KernelError),
    /// The launcher could not be started.
    #[error("the launcher could not be started")]
    StartLauncher(#[source] std::io::Error),
    /// The launcher ended while it was needed.
    #[error("the launcher of slot {slot} is gone")]
    LauncherGone {
        /// Which slot.
        slot: u32,
    },
    /// The launcher did not do in time what it was asked to do, and was given up.
    #[error(
        "the launcher of slot {slot} did not answer within {} s and was given up: either this machine is far too busy, or its \
         kernel starts no sandboxes any more and must be restarted",
        within.as_secs_f64()
    )]
    LauncherStuck {
        /// Which slot.
        slot: u32,
        /// The timeout.
        within: Duration,
    },
    /// The last launcher of the slot failed a moment ago, and no other is tried yet.
    #[error("slot {slot} has no launcher: the last one failed, and another is tried in {} s", again_in.as_secs_f64().ceil())]
    BackingOff {
        /// Which slot.
        slot: u32,
        /// After how long one is tried.
        again_in: Duration,
    },
    /// The launcher answered something else than what it was asked.
    #[error("the launcher of slot {slot} answered out of turn")]
    UnexpectedResponse {
        /// Which slot.
        slot: u32,
    },
    /// Talking to the launcher failed.
    #[error("the connection to the launcher failed")]
    Connection(#[source] std::io::Error),
    /// The file that a program was to be given could not be read.
    #[error("the program's input could not be read")]
    Input(#[source] std::io::Error),
    /// Collected data does not match its listing.
    #[error("the files that came out of the sandbox are not as announced")]
    ListingMismatch,
    /// More sandboxes are needed at once than there are.
    #[error("{needed} sandboxes are needed at once, and there are {slots}: raise worker.slots")]
    TooFewSlots {
        /// The required number.
        needed: u32,
        /// The available number.
        slots: u32,
    },
    /// A lease was to have more memory than the whole pool has.
    #[error(
        "{wanted} of memory are more than the {whole} that all sandboxes have together; raise sandbox.memory_mib or ask for less"
    )]
    TooMuchMemory {
        /// The requested memory.
        wanted: Bytes,
        /// The memory of the pool.
        whole: Bytes,
    },
    /// A program was to have more memory than its lease was taken for.
    #[error("a program was to have {wanted} of memory in a sandbox that was leased for {leased}")]
    ExceedsLease {
        /// The memory limit of the program.
        wanted: Bytes,
        /// The memory of the lease.
        leased: Bytes,
    },
    /// The pool has been shut down.
    #[error("the pool is closed")]
    Closed,
}
