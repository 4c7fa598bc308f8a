//! Recipe in, outcome out: a program is run in a sandbox of its own, and only facts come back.
//!
//! ```text
//! worker ── launcher, one per slot, outside every host namespace, no rights on the host
//!             └─ init, process 1 of one sandbox
//!                  └─ the program
//! ```
//!
//! A [`Pool`] holds slots. A [`Lease`] on one is consumed by use: it becomes an [`Occupied`] sandbox, which becomes
//! [`Spent`], which only the pool can take back. So a used sandbox cannot be leased again: the types have no way to.
//!
//! Nothing here knows languages, jobs or verdicts. The host never resolves a path that a guest can write: files go in as
//! bytes and are created by init, inside; what comes out is opened by init, inside, and comes out as bytes.

mod backoff;
mod capture;
mod collect;
mod complaints;
mod deadlock;
mod ending;
mod error;
#[cfg(any(test, feature = "fuzzing"))]
#[doc(hidden)]
pub mod fuzzing;
mod init;
mod input;
pub mod launcher;
mod letters;
mod live;
mod onward;
mod pool;
mod process;
mod protocol;
mod recipe;
mod rlimits;
mod seat;
mod share;
mod slot;
mod watch;

pub use collect::{Below, Collect, Collected, FileLimit, LeftOut, Reason, Which};
pub use deadlock::{Probe, end_when_deadlocked};
pub use error::SandboxError;
/// The processors that [`Program::processors`] can name.
pub use kernel::processors;
pub use live::{Ended, Live, MOST_UNREAD, Said, Teller, Told, Unheard};
pub use pool::{Lease, Occupied, Pool, PoolSettings, Spent, Wanted, Warm};
pub use protocol::Inodes;
pub use recipe::{Ahead, Origin, Prestart, Program, SandboxFile, ShownFolder, Space, Stdin, SyntaxCheck};
pub use share::{Shortage, UserShare};
pub use slot::LauncherCommand;
