//! What the commands share: this machine's languages and sandboxes.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::Context;
use kernel::cgroup::Layout;
use languages::{Registry, SystemHost};
use sandbox::{LauncherCommand, Pool, PoolSettings};

use crate::config::Config;

/// The hidden command that makes this binary a launcher.
pub(crate) const LAUNCHER: &str = "launcher";

/// The languages, with their toolchains looked for.
pub(crate) fn languages(config: &Config) -> anyhow::Result<Arc<Registry>> {
    let host = SystemHost::new();
    let registry = match &config.languages.folder {
        Some(folder) => Registry::load_dir(folder, &host),
        None => Registry::builtin(&host),
    };
    Ok(Arc::new(registry.context("the language files are not valid")?))
}

/// The ids for a pool of one slot that may live beside a server's: above those, and different for processes that run at
/// the same time.
pub(crate) fn ids_beside_a_server(config: &Config) -> u32 {
    const SERVERS: u32 = 100_000;
    config.sandbox.first_id + SERVERS + 2 * (std::process::id() % 4_194_304)
}

/// A pool of sandboxes in which these languages can be run, with host ids from `first_id` on.
pub(crate) async fn pool(
    config: &Config,
    slots: u32,
    first_id: u32,
    languages: &Registry,
) -> anyhow::Result<Pool> {
    let settings = PoolSettings {
        slots,
        warm: config.sandbox.warm.min(slots),
        first_id,
        folders: toolchain_folders(languages),
        launcher: LauncherCommand { program: "/proc/self/exe".into(), args: vec![LAUNCHER.into()] },
        cgroups: Layout::of_this_process(),
    };
    Pool::start(settings)
        .await
        .context("sandboxes cannot be made here; `coderunner doctor` says what is missing")
}

/// Folders that the sandboxes must show beyond the system's own.
fn toolchain_folders(languages: &Registry) -> Vec<PathBuf> {
    let toolchains = languages.all().filter_map(|language| language.toolchain());
    let local = Path::new("/usr/local");
    let folders: BTreeSet<PathBuf> = toolchains
        .flat_map(|toolchain| {
            let below_local = toolchain.program.starts_with(local).then(|| local.to_owned());
            toolchain.folders.iter().cloned().chain(below_local)
        })
        .collect();
    folders.into_iter().collect()
}
