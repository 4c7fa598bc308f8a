//! Sandboxes made ahead: how many wait for which runtime, within the memory set apart for them.

use std::collections::BTreeMap;

use languages::{Registry, Warmup};
use model::Bytes;
use sandbox::{PreparedKind, Prestart, PrestartMode};

use crate::{HostError, Settings};

/// The key of `sandbox.warm` for sandboxes without a runtime.
const ANY: &str = "any";

/// The memory of a sandbox in which nothing runs, with its launcher.
const EMPTY_SANDBOX: Bytes = Bytes::mib(2);

/// The sandboxes that free slots of a server make ahead: runtimes first, since they take longest to start.
///
/// # Errors
///
/// `sandbox.warm` names a language that does not exist or cannot be started ahead.
pub fn warm_sandboxes(settings: &Settings, languages: &Registry) -> Result<Vec<PreparedKind>, HostError> {
    let counts = settings.warm.clone().unwrap_or_else(|| default_counts(settings.slots));
    let mut left = settings.warm_memory;
    let mut warm = Vec::new();
    for (kind, &count) in counts.iter().filter(|(kind, _)| *kind != ANY) {
        let Some((prestart, memory)) = prestart(kind, languages)? else { continue };
        let count = take_memory(&mut left, count, memory);
        warm.push(PreparedKind { prestart: Some(prestart), count });
    }
    let any = take_memory(&mut left, counts.get(ANY).copied().unwrap_or(0), EMPTY_SANDBOX);
    warm.push(PreparedKind { prestart: None, count: any });
    Ok(warm)
}

/// Sandboxes in which this language's runtime waits; `None` where its toolchain is not installed.
///
/// # Errors
///
/// The language does not exist or cannot be started ahead.
pub fn warm_runtime(
    language: &str,
    count: u32,
    languages: &Registry,
) -> Result<Option<PreparedKind>, HostError> {
    Ok(prestart(language, languages)?.map(|(prestart, _)| PreparedKind { prestart: Some(prestart), count }))
}

/// The start of a waiting runtime, and the memory of one; `None` where the toolchain is not installed.
fn prestart(language: &str, languages: &Registry) -> Result<Option<(Prestart, Bytes)>, HostError> {
    let unknown = || HostError::UnknownLanguage { name: language.to_owned() };
    let language = languages.find(language).ok_or_else(unknown)?;
    let none = || HostError::NoWarmRuntime { name: language.name.clone() };
    let waiting = language.prestart().ok_or_else(none)?;
    let prestart = Prestart {
        name: language.id.as_str().to_owned(),
        argv: waiting.argv,
        env: waiting.env,
        hooks: vec![waiting.hook],
        min_memory: waiting.min_memory,
        checks_syntax: waiting.checks_syntax,
        mode: if language.warmup == Warmup::Fork { PrestartMode::Fork } else { PrestartMode::Spawn },
    };
    let memory = Bytes(EMPTY_SANDBOX.get() + waiting.memory.get());
    Ok(language.toolchain().map(|_| (prestart, memory)))
}

/// The number out of `count` that fits into the remaining memory, which is reduced by it.
fn take_memory(left: &mut Bytes, count: u32, each: Bytes) -> u32 {
    let fitting = u32::try_from(left.get() / each.get().max(1)).unwrap_or(u32::MAX);
    let count = count.min(fitting);
    *left = Bytes(left.get() - u64::from(count) * each.get());
    count
}

/// Of eight slots three for Python, which most people learn with, and two for JavaScript; the rest for any program.
fn default_counts(slots: u32) -> BTreeMap<String, u32> {
    let python = (slots * 3).div_ceil(8).min(slots / 2);
    let javascript = slots / 4;
    let any = slots - python - javascript;
    [("python", python), ("javascript", javascript), (ANY, any)]
        .map(|(kind, count)| (kind.to_owned(), count))
        .into()
}

#[cfg(test)]
mod tests {
    use ::languages::SystemHost;

    use super::*;

    #[test]
    fn what_is_made_ahead_stays_within_its_memory() {
        let mut left = Bytes(100);
        let mut take = |count, each| (take_memory(&mut left, count, Bytes(each)), left.get());
        assert_eq!([take(3, 20), take(3, 30), take(3, 20)], [(3, 40), (1, 10), (0, 10)]);
    }

    #[test]
    fn with_little_memory_less_is_made_ahead() {
        let languages = Registry::builtin(&SystemHost::new()).expect("valid files");
        let made = |mebibytes| {
            let settings = Settings { warm_memory: Bytes::mib(mebibytes), ..Settings::default() };
            let warm = warm_sandboxes(&settings, &languages).expect("valid");
            warm.iter().map(|kind| kind.count).sum::<u32>()
        };
        assert_eq!(made(0), 0);
        assert!(made(10) > 0 && made(10) < made(1000), "{} {}", made(10), made(1000));
    }

    #[test]
    fn what_is_made_ahead_never_exceeds_the_slots() {
        for slots in 1..100 {
            assert_eq!(default_counts(slots).values().sum::<u32>(), slots);
        }
        let of_eight = [("any", 3), ("javascript", 2), ("python", 3)].map(|(kind, n)| (kind.to_owned(), n));
        assert_eq!(default_counts(8), of_eight.into());
    }
}
