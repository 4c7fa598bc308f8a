//! What toolchains have made for them once, and use each time after: precompiled headers, archives of loaded classes.
//!
//! A server makes it when it starts, in a sandbox with nothing of anybody's in it, and keeps it in its data folder under a
//! hash of what it was made of. Sandboxes show it read-only. Meanwhile programs in other languages run, and jobs in this one wait. A
//! language works without it, only slower, so failing to make it is a warning. `docs/adr/0011` says why in that way.

mod kept;
mod make;

use std::{path::PathBuf, time::Instant};

use languages::{Language, Preparation, Registry};
use model::LanguageId;
use sandbox::ShownFolder;

use self::kept::Kept;
use crate::config::Config;

/// Has the languages use what is in the data folder already.
pub(crate) fn use_what_is_there(config: &Config, languages: &Registry) {
    for one in wanted(config, languages) {
        if let Some(folder) = one.kept.find() {
            languages.set_prepared(&one.language, Some(folder));
        }
    }
}

/// What is to be made: until it is, jobs in these languages wait.
#[derive(Default)]
pub(crate) struct Missing(Vec<Wanted>);

/// What is not in the data folder yet. From now on these languages are being prepared.
pub(crate) fn begin(config: &Config, languages: &Registry) -> Missing {
    let there: Vec<PathBuf> = languages.all().filter_map(Language::prepared).collect();
    // Not waited for: it only saves the first to use them the time.
    tokio::task::spawn_blocking(|| kept::read_ahead(there));
    if !config.languages.prepare {
        return Missing::default();
    }
    let is_there =
        |one: &Wanted| languages.find(one.language.as_str()).and_then(Language::prepared).is_some();
    let missing: Vec<Wanted> = wanted(config, languages).into_iter().filter(|one| !is_there(one)).collect();
    for one in &missing {
        languages.set_being_prepared(&one.language);
    }
    Missing(missing)
}

impl Missing {
    /// Whether there is nothing to do.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Makes it, one language after another. What came of each is handed to `over`: the folder that sandboxes have to show, before
    /// the language's commands use it.
    pub(crate) async fn make(
        self,
        config: &Config,
        languages: &Registry,
        mut over: impl FnMut(&LanguageId, Option<ShownFolder>),
    ) {
        for one in self.0 {
            let start = Instant::now();
            tracing::info!(language = %one.language, "preparing its toolchain; this is done once");
            let made = make::make(config, languages, &one.preparation).await;
            match made.and_then(|files| one.kept.keep(&files)) {
                Ok(folder) => {
                    tracing::info!(language = %one.language, took = ?start.elapsed(), "its toolchain is prepared");
                    let target = languages.find(one.language.as_str()).map(Language::prepared_at);
                    over(&one.language, target.map(|target| ShownFolder { source: folder, target }));
                }
                Err(error) => {
                    let why = format!("{error:#}");
                    tracing::warn!(language = %one.language, why, "its toolchain could not be prepared; doing without");
                    over(&one.language, None);
                }
            }
        }
    }
}

/// Something that a language can have made.
struct Wanted {
    language: LanguageId,
    preparation: Preparation,
    kept: Kept,
}

fn wanted(config: &Config, languages: &Registry) -> Vec<Wanted> {
    let of = |language: &Language| {
        let preparation = language.preparation()?;
        let kept = Kept::new(&config.data, language, &preparation);
        Some(Wanted { language: language.id.clone(), preparation, kept })
    };
    languages.all().filter_map(of).collect()
}
