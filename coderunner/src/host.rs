//! What the commands share: this machine's languages and sandboxes.

mod ids;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::Context;
use kernel::cgroup::Layout;
use languages::{Elsewhere, Host, Language, Registry, SystemHost, Warmup};
use model::{Bytes, Limits, SourceFile, Submission};
use sandbox::{LauncherCommand, Origin, Pool, PoolSettings, Prestart, ShownFolder, Warm};

pub(crate) use self::ids::Ids;
use crate::{config::Config, memory::Memory, prepared};

/// The hidden command that makes this binary a launcher.
pub(crate) const LAUNCHER: &str = "launcher";

/// The languages, with their toolchains looked for, and what an earlier server has prepared for them.
pub(crate) fn languages(config: &Config) -> anyhow::Result<Registry> {
    let registry = languages_on(&SystemHost::new(), config)?;
    prepared::use_what_is_there(config, &registry);
    Ok(registry)
}

/// The same, with what libraries they have here, which takes a moment to find out.
pub(crate) fn languages_and_libraries(config: &Config) -> anyhow::Result<Registry> {
    let mut registry = languages(config)?;
    registry.find_libraries(&SystemHost::new());
    Ok(registry)
}

/// The languages, with no look at this machine: they are run elsewhere.
pub(crate) fn languages_elsewhere(config: &Config) -> anyhow::Result<Registry> {
    languages_on(&Elsewhere, config)
}

fn languages_on(host: &dyn Host, config: &Config) -> anyhow::Result<Registry> {
    let registry = match &config.languages.folder {
        Some(folder) => Registry::load_dir(folder, host),
        None => Registry::builtin(host),
    };
    registry.context("the language files are not valid")
}

/// What a pool may take of the machine.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Room {
    pub(crate) slots: u32,
    /// The first of its host ids.
    pub(crate) first_id: u32,
    /// What its programs may use together.
    pub(crate) memory: Bytes,
    /// How long a launcher may take for what it is asked.
    pub(crate) patience: Duration,
}

impl Room {
    /// A server's.
    pub(crate) fn of_a_server(config: &Config, ids: &Ids) -> Self {
        let memory = Memory::here(config).programs;
        Self {
            slots: config.worker.slots,
            first_id: ids.first(),
            memory,
            patience: config.sandbox.patience(),
        }
    }

    /// One slot for a command that may be used while a server runs.
    pub(crate) fn beside_a_server(config: &Config) -> Self {
        let memory = Memory::here(config).programs;
        let patience = config.sandbox.patience();
        Self { slots: 1, first_id: ids_beside_a_server(config), memory, patience }
    }
}

/// The ids for a pool of one slot that may live beside a server's: above those, and different for processes that run at
/// the same time.
pub(crate) fn ids_beside_a_server(config: &Config) -> u32 {
    const SERVERS: u32 = 100_000;
    config.sandbox.first_id + SERVERS + 2 * (std::process::id() % 4_194_304)
}

/// The same for a pool of many slots: above those of one.
pub(crate) fn ids_of_many(config: &Config) -> u32 {
    const ONES: u32 = 100_000 + 2 * 4_194_304;
    const EACH: u32 = 128;
    config.sandbox.first_id + ONES + EACH * (std::process::id() % 1_048_576)
}

/// What a server's free slots make ahead: runtimes first, which take longest.
pub(crate) fn warm(config: &Config, languages: &Registry) -> anyhow::Result<Vec<Warm>> {
    let usual = || usual_warm(config.worker.slots);
    let counts = config.sandbox.warm.clone().unwrap_or_else(usual);
    let mut left = u64::from(config.sandbox.warm_memory_mib);
    let mut warm = Vec::new();
    for (kind, &count) in counts.iter().filter(|(kind, _)| *kind != ANY) {
        let Some((prestart, memory)) = prestart(kind, languages).context("sandbox.warm")? else { continue };
        let count = within(&mut left, count, memory);
        warm.push(Warm { prestart: Some(prestart), count });
    }
    let any = within(&mut left, counts.get(ANY).copied().unwrap_or(0), SANDBOX_MIB);
    warm.push(Warm { prestart: None, count: any });
    Ok(warm)
}

/// What a sandbox takes in which nothing runs, its launcher included, in mebibytes.
const SANDBOX_MIB: u64 = 2;

/// As many of `count` as there is memory left for, which they take.
fn within(left: &mut u64, count: u32, each: u64) -> u32 {
    let most = u32::try_from(*left / each.max(1)).unwrap_or(u32::MAX);
    let count = count.min(most);
    *left -= u64::from(count) * each;
    count
}

/// Of eight slots three for Python, which most people learn with, and two for JavaScript; the rest for anything.
fn usual_warm(slots: u32) -> BTreeMap<String, u32> {
    let python = (slots * 3).div_ceil(8).min(slots / 2);
    let javascript = slots / 4;
    let any = slots - python - javascript;
    [("python", python), ("javascript", javascript), (ANY, any)]
        .map(|(kind, count)| (kind.to_owned(), count))
        .into()
}

/// The kind of `sandbox.warm` that is no language.
const ANY: &str = "any";

/// Sandboxes in which this language's runtime waits; none where it is not installed.
pub(crate) fn warm_runtime(language: &str, count: u32, languages: &Registry) -> anyhow::Result<Option<Warm>> {
    Ok(prestart(language, languages)?.map(|(prestart, _)| Warm { prestart: Some(prestart), count }))
}

/// How this language's runtime is started ahead, and how many mebibytes one takes that waits; nothing where it is not
/// installed.
fn prestart(language: &str, languages: &Registry) -> anyhow::Result<Option<(Prestart, u64)>> {
    let language = languages.find(language).with_context(|| format!("no language is called {language}"))?;
    let waiting =
        language.prestart().with_context(|| format!("{} cannot be started ahead", language.name))?;
    let prestart = Prestart {
        name: language.id.as_str().to_owned(),
        argv: waiting.argv,
        env: waiting.env,
        hooks: vec![waiting.hook],
        least_memory: waiting.least_memory,
        checks_syntax: waiting.checks_syntax,
        origin: if language.warmup == Warmup::Fork { Origin::Forked } else { Origin::Started },
    };
    let memory = SANDBOX_MIB + waiting.memory.get().div_ceil(1024 * 1024);
    Ok(language.toolchain().map(|_| (prestart, memory)))
}

/// A pool of sandboxes in which these languages can be run.
pub(crate) async fn pool(room: Room, warm: Vec<Warm>, languages: &Registry) -> anyhow::Result<Pool> {
    let Room { slots, first_id, memory, .. } = room;
    let settings = PoolSettings {
        slots,
        memory,
        warm,
        first_id,
        folders: toolchain_folders(languages),
        launcher: LauncherCommand { program: "/proc/self/exe".into(), args: vec![LAUNCHER.into()] },
        cgroups: Layout::of_this_process(),
        patience: room.patience,
    };
    Pool::start(settings)
        .await
        .context("sandboxes cannot be made here; `coderunner doctor` says what is missing")
}

/// A language to try the sandbox with: one that needs no compiling, if there is one.
pub(crate) fn quickest(languages: &Registry) -> Option<&Language> {
    let available = languages.all().filter(|language| language.toolchain().is_some());
    available.min_by_key(|language| language.compile(&[]).is_some())
}

/// Its hello world, with no more memory than there is.
pub(crate) fn hello(language: &Language, memory: Bytes) -> Submission {
    let limits = language.limits(Limits::STUDENT);
    let content = language.hello.code.clone().into();
    Submission {
        language: language.id.clone(),
        version: None,
        options: model::LanguageOptions::default(),
        files: vec![SourceFile { name: language.main_file.clone(), content }],
        stdin: String::new().into(),
        args: Vec::new(),
        limits: Limits { memory: limits.memory.min(memory), ..limits },
        network: None,
        artifacts: false,
        large: Vec::new(),
    }
}

/// Folders that the sandboxes must show beyond the system's own.
fn toolchain_folders(languages: &Registry) -> Vec<ShownFolder> {
    let toolchains = languages.all().filter_map(|language| language.toolchain());
    let local = Path::new("/usr/local");
    let folders: BTreeSet<PathBuf> = toolchains
        .flat_map(|toolchain| {
            let below_local = toolchain.program.starts_with(local).then(|| local.to_owned());
            toolchain.folders.iter().cloned().chain(below_local)
        })
        .collect();
    let prepared = languages.all().filter_map(|language| {
        Some(ShownFolder { source: language.prepared()?, target: language.prepared_at() })
    });
    folders.into_iter().map(ShownFolder::as_is).chain(prepared).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_made_ahead_stays_within_its_memory() {
        let mut left = 100;
        assert_eq!((within(&mut left, 3, 20), left), (3, 40));
        assert_eq!((within(&mut left, 3, 30), left), (1, 10));
        assert_eq!((within(&mut left, 3, 20), left), (0, 10));
    }

    #[test]
    fn with_little_memory_less_is_made_ahead() {
        let languages = Registry::builtin(&SystemHost::new()).expect("valid files");
        let made = |mebibytes| {
            let mut config = Config::default();
            config.sandbox.warm_memory_mib = mebibytes;
            let warm = warm(&config, &languages).expect("valid");
            warm.iter().map(|kind| kind.count).sum::<u32>()
        };
        assert_eq!(made(0), 0);
        assert!(made(10) > 0 && made(10) < made(1000), "{} {}", made(10), made(1000));
    }

    #[test]
    fn what_is_made_ahead_never_exceeds_the_slots() {
        for slots in 1..100 {
            assert_eq!(usual_warm(slots).values().sum::<u32>(), slots);
        }
        let of_eight = [("any", 3), ("javascript", 2), ("python", 3)].map(|(kind, n)| (kind.to_owned(), n));
        assert_eq!(usual_warm(8), of_eight.into());
    }
}
