//! Control groups of every flavour: limits on a whole tree of processes, and what the tree used.
//!
//! The layout is found out once from what the kernel says of this process ([`Layout::detect`], pure). The side with
//! privileges makes a [`Group`] per slot; the launcher opens its files ([`Controls`]) while it still may, joins it, and
//! then needs no privilege to set limits and read counters: the kernel checks permissions when a file is opened.

mod controls;
mod layout;
mod memory;
mod sweep;

#[cfg(any(test, feature = "fuzzing"))]
pub(crate) use controls::fuzzing;
pub use controls::{Controls, Reading, Share, TreeLimits, Weight, may_be_written};
pub use layout::{Flavour, Layout};
pub use memory::memory_limit;

use std::{
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU32, Ordering},
    time::{Duration, Instant},
};

use serde::{Deserialize, Serialize};

use crate::{At, KernelError, Step};

/// Tells apart the parents that one process makes.
static PARENTS_MADE: AtomicU32 = AtomicU32::new(0);

/// Where one slot's group is, in each hierarchy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum GroupPaths {
    /// No cgroups: processes are counted one by one instead, see [`Census`](crate::Census).
    None,
    /// One folder per controller.
    V1 {
        /// Memory.
        memory: PathBuf,
        /// Number of processes.
        pids: PathBuf,
        /// CPU time.
        cpuacct: PathBuf,
        /// Turns at the processors.
        cpu: Option<PathBuf>,
    },
    /// One folder.
    V2(PathBuf),
}

impl GroupPaths {
    fn folders(&self) -> Vec<&Path> {
        match self {
            Self::None => vec![],
            Self::V1 { memory, pids, cpuacct, cpu } => {
                [memory, pids, cpuacct].into_iter().chain(cpu).map(PathBuf::as_path).collect()
            }
            Self::V2(folder) => vec![folder],
        }
    }
}

/// A slot's group: exists as long as this does.
#[derive(Debug)]
pub struct Group {
    paths: GroupPaths,
}

impl Group {
    /// Where it is.
    pub const fn paths(&self) -> &GroupPaths {
        &self.paths
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        for folder in self.paths.folders() {
            remove_group(folder);
        }
    }
}

/// The parent of all groups of this process: exists as long as this does.
#[derive(Debug)]
pub struct Parent {
    folders: GroupPaths,
    still_busy: Vec<PathBuf>,
}

impl Parent {
    /// Makes the parent group below this process's own, and removes parents that dead processes left.
    pub fn create(layout: &Layout) -> Result<Self, KernelError> {
        let name = sweep::name(PARENTS_MADE.fetch_add(1, Ordering::Relaxed));
        let folders = match layout {
            Layout::None { .. } => GroupPaths::None,
            Layout::V1 { memory, pids, cpuacct, cpu } => GroupPaths::V1 {
                memory: memory.join(&name),
                pids: pids.join(&name),
                cpuacct: cpuacct.join(&name),
                cpu: cpu.as_ref().map(|cpu| cpu.join(&name)),
            },
            Layout::V2 { own } => {
                layout::delegate(own)?;
                GroupPaths::V2(own.join(&name))
            }
        };
        let still_busy = sweep::sweep(layout);
        let parent = Self { folders, still_busy };
        for folder in parent.folders.folders() {
            create_group(folder)?;
        }
        if let GroupPaths::V2(folder) = &parent.folders {
            layout::enable_controllers(folder).at(Step::WriteCgroupFile)?;
        }
        Ok(parent)
    }

    /// Groups of servers that are gone in which something still ran when this one began.
    pub fn still_busy(&self) -> &[PathBuf] {
        &self.still_busy
    }

    /// Makes the group of slot `number`.
    pub fn group(&self, number: u32) -> Result<Group, KernelError> {
        let name = format!("slot-{number}");
        let paths = match &self.folders {
            GroupPaths::None => GroupPaths::None,
            GroupPaths::V1 { memory, pids, cpuacct, cpu } => GroupPaths::V1 {
                memory: memory.join(&name),
                pids: pids.join(&name),
                cpuacct: cpuacct.join(&name),
                cpu: cpu.as_ref().map(|cpu| cpu.join(&name)),
            },
            GroupPaths::V2(folder) => GroupPaths::V2(folder.join(&name)),
        };
        // Guarded from the first folder on, so that a failure half way leaves none behind.
        let group = Group { paths };
        for folder in group.paths.folders() {
            create_group(folder)?;
        }
        Ok(group)
    }
}

impl Drop for Parent {
    fn drop(&mut self) {
        for folder in self.folders.folders() {
            remove_group(folder);
        }
    }
}

fn create_group(folder: &Path) -> Result<(), KernelError> {
    match fs::create_dir(folder) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error).at(Step::CreateCgroup),
        _ => Ok(()),
    }
}

/// Removes a group. Its last process may still be on its way out, so it is tried for a while; what stays is swept at the
/// next start.
fn remove_group(folder: &Path) {
    let deadline = Instant::now() + Duration::from_secs(1);
    while let Err(error) = fs::remove_dir(folder) {
        if error.raw_os_error() != Some(libc::EBUSY) || Instant::now() > deadline {
            return;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}
