//! Control groups, version 1 and 2: limits and counters of a process tree.
//!
//! The tree has three levels. The server's own group is detected once from `/proc` ([`Layout::detect`], a pure function). Below it the
//! server creates one [`ParentCgroup`], named after its pid, start time and pid namespace, so that a later server can recognize and remove
//! the groups of a crashed one (`sweep.rs`). Below that there is one [`Cgroup`] per slot, which exists as long as the slot.
//! In version 2 a group with controllers must not contain processes, so the server first moves itself into a leaf (`layout.rs`).
//!
//! The privileged side creates the groups. The launcher of a slot opens the files of its group ([`CgroupControls`]), joins it and then
//! drops its privileges: the kernel checks permissions when a file is opened, so the launcher can still set limits and read
//! counters afterwards. Every process that it starts from then on belongs to the group.
//!
//! A slot's group is reused for one run after another. The launcher is in it as well, so its own memory is the baseline that is added to each
//! limit and subtracted from each peak. Between runs, memory that is still charged to the group is reclaimed, or waited for.

mod controls;
mod folder;
mod layout;
mod own_memory_limit;
mod sweep;

#[cfg(any(test, feature = "fuzzing"))]
pub(crate) use controls::fuzzing;
pub use controls::{CgroupControls, CgroupCounters, CgroupLimits, CpuQuota, CpuWeight, is_writable};
pub use layout::{CgroupVersion, Layout};
pub use own_memory_limit::own_memory_limit;

use std::{
    path::{Path, PathBuf},
    sync::atomic::{AtomicU32, Ordering},
};

use serde::{Deserialize, Serialize};

use self::folder::{create_group, remove_group};
use crate::{KernelError, Step, StepContext};

/// Number of the next parent group of this process.
static NEXT_PARENT: AtomicU32 = AtomicU32::new(0);

/// The folders of one slot's group, in each hierarchy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum CgroupPaths {
    /// No cgroups: see [`Census`](crate::Census).
    None,
    /// One folder per controller.
    V1 {
        /// Memory.
        memory: PathBuf,
        /// Number of processes.
        pids: PathBuf,
        /// CPU time.
        cpuacct: PathBuf,
        /// CPU weight and quota.
        cpu: Option<PathBuf>,
    },
    /// One folder.
    V2(PathBuf),
}

impl CgroupPaths {
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

/// The group of a slot. Removed on drop.
#[derive(Debug)]
pub struct Cgroup {
    paths: CgroupPaths,
}

impl Cgroup {
    /// Its folders.
    pub const fn paths(&self) -> &CgroupPaths {
        &self.paths
    }

    /// Memory of all processes of the group and of their files in memory, in bytes; `None` when nobody counts.
    pub fn memory_now(&self) -> Option<u64> {
        let file = match &self.paths {
            CgroupPaths::None => return None,
            CgroupPaths::V1 { memory, .. } => memory.join("memory.usage_in_bytes"),
            CgroupPaths::V2(folder) => folder.join("memory.current"),
        };
        std::fs::read_to_string(file).ok()?.trim().parse().ok()
    }
}

impl Drop for Cgroup {
    fn drop(&mut self) {
        for folder in self.paths.folders() {
            remove_group(folder);
        }
    }
}

/// The parent of all groups of this process. Removed on drop.
#[derive(Debug)]
pub struct ParentCgroup {
    folders: CgroupPaths,
    still_busy: Vec<PathBuf>,
}

impl ParentCgroup {
    /// Creates the parent group below this process's own group, and removes parents of dead processes.
    pub fn create(layout: &Layout) -> Result<Self, KernelError> {
        let name = sweep::name(NEXT_PARENT.fetch_add(1, Ordering::Relaxed));
        let folders = match layout {
            Layout::None { .. } => CgroupPaths::None,
            Layout::V1 { memory, pids, cpuacct, cpu } => CgroupPaths::V1 {
                memory: memory.join(&name),
                pids: pids.join(&name),
                cpuacct: cpuacct.join(&name),
                cpu: cpu.as_ref().map(|cpu| cpu.join(&name)),
            },
            Layout::V2 { own } => {
                layout::delegate(own)?;
                CgroupPaths::V2(own.join(&name))
            }
        };
        let still_busy = sweep::sweep(layout);
        let parent = Self { folders, still_busy };
        for folder in parent.folders.folders() {
            create_group(folder)?;
        }
        if let CgroupPaths::V2(folder) = &parent.folders {
            layout::enable_controllers(folder).at(Step::WriteCgroupFile)?;
        }
        Ok(parent)
    }

    /// Groups of dead servers that still had running processes when this one started.
    pub fn still_busy(&self) -> &[PathBuf] {
        &self.still_busy
    }

    /// Creates the group of slot `number`.
    pub fn create_slot(&self, number: u32) -> Result<Cgroup, KernelError> {
        let name = format!("slot-{number}");
        let paths = match &self.folders {
            CgroupPaths::None => CgroupPaths::None,
            CgroupPaths::V1 { memory, pids, cpuacct, cpu } => CgroupPaths::V1 {
                memory: memory.join(&name),
                pids: pids.join(&name),
                cpuacct: cpuacct.join(&name),
                cpu: cpu.as_ref().map(|cpu| cpu.join(&name)),
            },
            CgroupPaths::V2(folder) => CgroupPaths::V2(folder.join(&name)),
        };
        // Created before its folders, so that a partial failure removes them on drop.
        let group = Cgroup { paths };
        for folder in group.paths.folders() {
            create_group(folder)?;
        }
        Ok(group)
    }
}

impl Drop for ParentCgroup {
    fn drop(&mut self) {
        for folder in self.folders.folders() {
            remove_group(folder);
        }
    }
}
