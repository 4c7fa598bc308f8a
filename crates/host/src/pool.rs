//! Sandbox pools of this machine: their share of its slots, ids and memory, and the folders that their sandboxes show.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    time::Duration,
};

use kernel::cgroup::Layout;
use languages::Registry;
use model::Bytes;
use sandbox::{FolderMount, LauncherCommand, Pool, PoolSettings, PreparedKind, WaitingLimits};

use crate::{HostError, IdClaim, MemoryBudget, Settings, first_id_beside_server, process::LAUNCHER};

/// The share of the machine that a pool may take.
#[derive(Debug, Clone, Copy)]
pub struct PoolBudget {
    /// Number of programs that run at once.
    pub slots: u32,
    /// The first uid and gid of its sandboxes: two for each slot and each waiting session.
    pub first_id: u32,
    /// The memory of all its programs together, by their limits.
    pub memory: Bytes,
    /// The sessions that wait for input beside them.
    pub waiting: WaitingLimits,
    /// The time within which a launcher answers.
    pub timeout: Duration,
}

impl PoolBudget {
    /// The share of a server: all configured slots.
    pub fn for_server(settings: &Settings, ids: &IdClaim) -> Self {
        let budget = MemoryBudget::of_this_host(settings);
        Self {
            slots: settings.slots,
            first_id: ids.first(),
            memory: budget.programs,
            waiting: budget.waiting_limits(settings),
            timeout: settings.timeout,
        }
    }

    /// One slot for a command that may run while a server does.
    pub fn beside_server(settings: &Settings) -> Self {
        Self {
            slots: 1,
            first_id: first_id_beside_server(settings.first_id),
            memory: MemoryBudget::of_this_host(settings).programs,
            waiting: WaitingLimits::default(),
            timeout: settings.timeout,
        }
    }
}

/// A pool of sandboxes in which these languages can be run. Its launchers are this executable, started again.
///
/// # Errors
///
/// Sandboxes cannot be made here.
pub async fn start_pool(
    budget: PoolBudget,
    warm: Vec<PreparedKind>,
    languages: &Registry,
) -> Result<Pool, HostError> {
    let PoolBudget { slots, first_id, memory, waiting, timeout } = budget;
    let settings = PoolSettings {
        slots,
        memory,
        waiting,
        warm,
        first_id,
        folders: toolchain_folders(languages),
        files: modules(languages).into_iter().collect(),
        launcher: LauncherCommand { program: "/proc/self/exe".into(), args: vec![LAUNCHER.into()] },
        cgroups: Layout::of_this_process(),
        launcher_timeout: timeout,
    };
    Pool::start(settings).await.map_err(HostError::StartPool)
}

/// The modules of all languages; those of several only once.
fn modules(languages: &Registry) -> BTreeMap<PathBuf, String> {
    languages.all().flat_map(languages::Language::modules).cloned().collect()
}

/// The folders that sandboxes show beyond the system's own: those of toolchains, and what was prepared for them.
fn toolchain_folders(languages: &Registry) -> Vec<FolderMount> {
    let toolchains = languages.all().filter_map(|language| language.toolchain());
    let local = Path::new("/usr/local");
    let folders: BTreeSet<PathBuf> = toolchains
        .flat_map(|toolchain| {
            let below_local = toolchain.program.starts_with(local).then(|| local.to_owned());
            toolchain.folders.iter().cloned().chain(below_local)
        })
        .collect();
    let prepared = languages.all().filter_map(|language| {
        Some(FolderMount { source: language.prepared()?, target: language.prepared_path() })
    });
    folders.into_iter().map(FolderMount::same_path).chain(prepared).collect()
}
