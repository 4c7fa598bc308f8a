//! What the commands share: this machine's languages and sandboxes.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::Context;
use kernel::cgroup::Layout;
use languages::{Language, Registry, SystemHost};
use sandbox::{LauncherCommand, Pool, PoolSettings, Prestart, Warm};

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

/// What a server's free slots make ahead: runtimes first, which take longest.
pub(crate) fn warm(config: &Config, languages: &Registry) -> anyhow::Result<Vec<Warm>> {
    let mut warm = Vec::new();
    for (kind, &count) in config.sandbox.warm.iter().filter(|(kind, _)| *kind != ANY) {
        let language =
            languages.find(kind).with_context(|| format!("sandbox.warm: no language is called {kind}"))?;
        let prestart = language
            .prestart()
            .with_context(|| format!("sandbox.warm: {} cannot be started ahead", language.name))?;
        if language.toolchain().is_some() {
            warm.push(Warm { prestart: Some(waiting(language, prestart)), count });
        }
    }
    warm.push(Warm { prestart: None, count: config.sandbox.warm.get(ANY).copied().unwrap_or(0) });
    Ok(warm)
}

/// The kind of `sandbox.warm` that is no language.
const ANY: &str = "any";

fn waiting(language: &Language, prestart: languages::Prestart) -> Prestart {
    Prestart {
        name: language.id.as_str().to_owned(),
        argv: prestart.argv,
        env: prestart.env,
        hooks: vec![prestart.hook],
        least_memory: prestart.least_memory,
    }
}

/// A pool of sandboxes in which these languages can be run, with host ids from `first_id` on.
pub(crate) async fn pool(
    slots: u32,
    first_id: u32,
    warm: Vec<Warm>,
    languages: &Registry,
) -> anyhow::Result<Pool> {
    let settings = PoolSettings {
        slots,
        warm,
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
