//! Settings of a pool: slots, memory, what is prepared in advance, and how to start launchers.

use std::{ffi::OsString, path::PathBuf, time::Duration};

use kernel::cgroup::Layout;
use model::Bytes;

use crate::{FolderMount, Prestart};

/// Settings of a pool.
#[derive(Debug, Clone)]
pub struct PoolSettings {
    /// Number of programs that can run at the same time, each in a slot.
    pub slots: u32,
    /// Memory for the programs of all leases together, by their limits.
    pub memory: Bytes,
    /// Sessions that wait for input, beside these.
    pub waiting: WaitingLimits,
    /// Sandboxes that free slots prepare. If there are fewer slots, the first entries win.
    pub warm: Vec<PreparedKind>,
    /// The first uid and gid of the host for sandboxes, when started by root: two for each slot and each waiting session. No other process of the host
    /// may use them.
    pub first_id: u32,
    /// Folders of the host with toolchains, in addition to the system's. More can be added with
    /// [`Pool::add_folder`](crate::Pool::add_folder).
    pub folders: Vec<FolderMount>,
    /// Files that every sandbox shows, by absolute paths inside; not below a folder of the host.
    pub files: Vec<(PathBuf, String)>,
    /// Command that starts a launcher.
    pub launcher: LauncherCommand,
    /// Cgroups to use: [`Layout::of_this_process`], or none.
    pub cgroups: Layout,
    /// Timeout of each request to a launcher: to start, to make a sandbox, to start a program, to collect files or to clean up.
    /// It must exceed what a busy machine needs: a prestarted runtime has ten seconds.
    pub launcher_timeout: Duration,
}

impl PoolSettings {
    /// An id beyond the ranges that distributions and systemd assign to users, containers and services.
    pub const DEFAULT_FIRST_ID: u32 = 1_900_000_000;

    /// The most slots that exist at the same time.
    pub const fn most_slots(&self) -> u32 {
        self.slots.saturating_add(self.waiting.sessions)
    }

    /// Default of [`PoolSettings::launcher_timeout`].
    pub const DEFAULT_LAUNCHER_TIMEOUT: Duration = Duration::from_secs(20);
}

/// Limits of sessions whose programs wait for input: each needs a slot of its own, but no place among the running programs. By
/// default there are none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct WaitingLimits {
    /// Number of such sessions.
    pub sessions: u32,
    /// Memory for their programs together, by what they use.
    pub memory: Bytes,
}

/// Prepared sandboxes of one kind.
#[derive(Debug, Clone)]
pub struct PreparedKind {
    /// The program that waits in them; none for sandboxes that fit any program.
    pub prestart: Option<Prestart>,
    /// Number of free slots with such a sandbox.
    pub count: u32,
}

/// Command of a program that calls [`crate::launcher::main`] first thing.
#[derive(Debug, Clone)]
pub struct LauncherCommand {
    /// The program.
    pub program: PathBuf,
    /// Its arguments.
    pub args: Vec<OsString>,
}
