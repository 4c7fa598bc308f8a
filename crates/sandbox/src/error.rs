//! What can go wrong on our side.

use kernel::KernelError;

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
    /// The launcher answered something else than what it was asked.
    #[error("the launcher of slot {slot} answered out of turn")]
    OutOfTurn {
        /// Which slot.
        slot: u32,
    },
    /// Talking to the launcher failed.
    #[error("the connection to the launcher failed")]
    Connection(#[source] std::io::Error),
    /// The file that a program was to be given could not be read.
    #[error("the program's input could not be read")]
    Input(#[source] std::io::Error),
    /// What came out of the sandbox is not what was said to come.
    #[error("the files that came out of the sandbox are not as announced")]
    Misannounced,
    /// More sandboxes are needed at once than there are.
    #[error("{needed} sandboxes are needed at once, and there are {slots}: raise worker.slots")]
    TooFewSlots {
        /// How many are needed.
        needed: u32,
        /// How many there are.
        slots: u32,
    },
    /// The pool has been shut down.
    #[error("the pool is closed")]
    Closed,
}
