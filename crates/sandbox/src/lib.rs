//! Sandbox: runs a program from a recipe in namespaces of its own and returns an outcome with facts only.
//!
//! ```text
//! worker ── launcher, one per slot, outside every host namespace, no rights on the host
//!             └─ init, process 1 of one sandbox
//!                  └─ the program
//! ```
//!
//! A [`Pool`] holds slots. A [`Lease`] on a slot becomes an [`OpenSandbox`], which becomes [`UsedSandbox`], each by value. Only the
//! pool can take a spent sandbox back, so the types exclude that a used sandbox is leased again.
//!
//! This crate knows no languages, jobs or verdicts. The host never resolves a path that a guest can write: files go in as
//! bytes, and init creates them inside; init opens files inside, and they come out as bytes.

mod backoff;
mod capture;
mod collect;
mod deadlock;
mod ending;
mod error;
mod forwarder;
#[cfg(any(test, feature = "fuzzing"))]
#[doc(hidden)]
pub mod fuzzing;
mod gauges;
mod init;
mod input;
pub mod launcher;
mod launcher_log;
mod live;
mod monitor;
mod paths;
mod picture_filter;
mod picture_sink;
mod pool;
mod process;
mod protocol;
mod recipe;
mod rlimits;
mod settings;
mod share;
mod slot;
mod stdio;
mod utf8;
mod waiter;

pub use collect::{
    Collect, CollectedFiles, FileLimit, FileSelection, FolderSelection, SkipReason, SkippedFile,
};
pub use deadlock::{Probe, end_when_deadlocked};
pub use error::SandboxError;
/// The processors that [`Program::processors`] can name.
pub use kernel::processors;
pub use live::{
    InputMessage, InputSender, LiveIo, MAX_UNREAD, OnReaderGone, RunEnd, SendOutcome, SessionActivity,
};
pub use picture_sink::PictureSink;
pub use pool::{Lease, LeaseRequest, OpenSandbox, Pool, SessionTurn, UsedSandbox};
pub use protocol::Inodes;
pub use recipe::{
    DiskQuota, FolderMount, Prestart, PrestartMode, PrestartedRun, Program, SandboxFile, Stdin, SyntaxCheck,
};
pub use settings::{LauncherCommand, PoolSettings, PreparedKind, WaitingLimits};
pub use share::{Shortage, SlotUserLimits};
