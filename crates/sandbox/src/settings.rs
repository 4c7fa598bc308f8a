//! Settings of a pool: slots, memory, what is prepared in advance, and how to start launchers.

use std::{ffi::OsString, path::PathBuf, time::Duration};

use kernel::cgroup::Layout;
use model::Bytes;

use crate::{FolderMount, Prestart};

/// How a pool is set up.
#[derive(Debug, Clone)]
pub struct PoolSettings {
    /// How many sandboxes there may be at once.
    pub slots: u32,
    /// How much memory the programs of all leases may use together, by their limits.
    pub memory: Bytes,
    /// What free slots make ahead; with fewer slots than this asks for, what comes first.
    pub warm: Vec<Warm>,
    /// The first uid (and gid) of the host that sandboxes may use, when started by root: two for each slot. Nothing else on
    /// the host may use them.
    pub first_id: u32,
    /// Folders of the host with toolchains, beyond the system's own. More can be added by [`Pool::add_folder`](crate::Pool::add_folder).
    pub folders: Vec<FolderMount>,
    /// How to start a launcher.
    pub launcher: LauncherCommand,
    /// Which cgroups to use: [`Layout::of_this_process`], or none.
    pub cgroups: Layout,
    /// How long a launcher may take to start, to make a sandbox, to start a program, to bring files out or to clear up; one that
    /// takes longer is given up. More than a busy machine takes, for a runtime that is started ahead has ten seconds.
    pub launcher_timeout: Duration,
}

impl PoolSettings {
    /// Beyond the ranges that distributions and systemd give to users, containers and services.
    pub const DEFAULT_FIRST_ID: u32 = 1_900_000_000;

    /// The usual [`PoolSettings::launcher_timeout`].
    pub const DEFAULT_LAUNCHER_TIMEOUT: Duration = Duration::from_secs(20);
}

/// Sandboxes made ahead, all of one kind.
#[derive(Debug, Clone)]
pub struct Warm {
    /// The program that waits in them; with none, they are for any program.
    pub prestart: Option<Prestart>,
    /// How many of the free slots have one.
    pub count: u32,
}

/// How to start a launcher: a program that calls [`crate::launcher::main`] first thing.
#[derive(Debug, Clone)]
pub struct LauncherCommand {
    /// The program.
    pub program: PathBuf,
    /// Its arguments.
    pub args: Vec<OsString>,
}
