//! What toolchains have made for them once, and use each time after: precompiled headers, archives of loaded classes.
//!
//! A server makes it when it starts, in a sandbox with nothing of anybody's in it, and keeps it in its data folder under a
//! hash of what it was made of. Sandboxes show it read-only. A language works without it, only slower, so failing to make
//! it is a warning. `docs/adr/0011` says why at that time and in that way.

mod kept;
mod make;

use std::time::Instant;

use languages::{Language, Preparation, Registry};
use model::LanguageId;

use self::kept::Kept;
use crate::config::Config;

/// Has the languages use what is in the data folder already.
pub(crate) fn use_what_is_there(config: &Config, languages: &mut Registry) {
    for one in wanted(config, languages) {
        if let Some(folder) = one.kept.find() {
            languages.set_prepared(&one.language, folder);
        }
    }
}

/// Makes what is not in the data folder yet, and has the languages use it.
pub(crate) async fn make_what_is_missing(config: &Config, languages: &mut Registry) {
    let there = languages.all().filter_map(Language::prepared).map(ToOwned::to_owned).collect();
    // Not waited for: it only saves the first to use them the time.
    tokio::task::spawn_blocking(|| kept::read_ahead(there));
    if !config.languages.prepare {
        return;
    }
    for one in wanted(config, languages) {
        if languages.find(one.language.as_str()).and_then(Language::prepared).is_some() {
            continue;
        }
        let start = Instant::now();
        tracing::info!(language = %one.language, "preparing its toolchain; this is done once");
        match make::make(config, languages, &one.preparation).await.and_then(|files| one.kept.keep(&files)) {
            Ok(folder) => {
                tracing::info!(language = %one.language, took = ?start.elapsed(), "its toolchain is prepared");
                languages.set_prepared(&one.language, folder);
            }
            Err(error) => {
                let why = format!("{error:#}");
                tracing::warn!(language = %one.language, why, "its toolchain could not be prepared; doing without");
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
