//! Prepared toolchains: precompiled headers and archives of loaded classes, made once and used by every later run.
//!
//! A server makes them when it starts, in a sandbox that runs no submission, and stores them in its data folder under a hash of
//! their inputs. Sandboxes show them read-only. Meanwhile programs in other languages run, and jobs in these languages wait. A
//! language works without its preparation, only slower, so a failure is a warning. `docs/adr/0011` gives the reasons.

mod build;
mod error;
mod folder;

use std::{path::PathBuf, time::Instant};

use languages::{Language, Preparation, Registry};
use model::LanguageId;
use sandbox::{FolderMount, Pool};
use tokio::sync::watch;

use self::folder::PreparedFolder;
use crate::Settings;

/// Makes the languages use the prepared folders that exist in the data folder.
pub(crate) fn use_existing(settings: &Settings, languages: &Registry) {
    for candidate in candidates(settings, languages) {
        if let Some(folder) = candidate.folder.find() {
            languages.set_prepared(&candidate.language, Some(folder));
        }
    }
}

/// Preparations that have not been made yet. Jobs in their languages wait until they are.
#[derive(Default)]
pub struct PendingPreparations(Vec<Candidate>);

impl PendingPreparations {
    /// The preparations that are missing in the data folder. From now on their languages count as being prepared.
    pub fn begin(settings: &Settings, languages: &Registry) -> Self {
        let existing: Vec<PathBuf> = languages.all().filter_map(Language::prepared).collect();
        // Not waited for: it only saves time for the first program that uses them.
        tokio::task::spawn_blocking(|| folder::read_ahead(existing));
        if !settings.prepare {
            return Self::default();
        }
        let exists = |candidate: &Candidate| {
            languages.find(candidate.language.as_str()).and_then(Language::prepared).is_some()
        };
        let mut missing = candidates(settings, languages);
        missing.retain(|candidate| !exists(candidate));
        for candidate in &missing {
            languages.set_being_prepared(&candidate.language);
        }
        Self(missing)
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Makes them, one language after another. After each the pool's sandboxes show the new folder, the language's commands use it,
    /// and `changed` is notified, in this order. After a failure the language works without.
    pub async fn make(
        self,
        settings: &Settings,
        languages: &Registry,
        pool: &Pool,
        changed: &watch::Sender<()>,
    ) {
        for candidate in self.0 {
            let folder = candidate.make(settings, languages).await;
            let target = languages.find(candidate.language.as_str()).map(Language::prepared_path);
            if let (Some(source), Some(target)) = (folder.clone(), target) {
                // Before any command names it.
                pool.add_folder(FolderMount { source, target });
            }
            languages.set_prepared(&candidate.language, folder);
            changed.send_replace(());
        }
    }
}

/// A preparation that a language's file describes and its toolchain can make.
struct Candidate {
    language: LanguageId,
    preparation: Preparation,
    folder: PreparedFolder,
}

impl Candidate {
    /// Makes it and stores it; logs a warning and returns `None` where that fails.
    async fn make(&self, settings: &Settings, languages: &Registry) -> Option<PathBuf> {
        let start = Instant::now();
        let language = &self.language;
        tracing::info!(%language, "preparing its toolchain; this is done once");
        let files = build::build(settings, languages, &self.preparation).await;
        match files.and_then(|files| self.folder.store(&files)) {
            Ok(folder) => {
                tracing::info!(%language, took = ?start.elapsed(), "its toolchain is prepared");
                Some(folder)
            }
            Err(error) => {
                let why = model::wording::error_chain(&error);
                tracing::warn!(%language, why, "its toolchain could not be prepared; doing without");
                None
            }
        }
    }
}

fn candidates(settings: &Settings, languages: &Registry) -> Vec<Candidate> {
    let of = |language: &Language| {
        let preparation = language.preparation()?;
        let folder = PreparedFolder::new(&settings.data, language, &preparation);
        Some(Candidate { language: language.id.clone(), preparation, folder })
    };
    languages.all().filter_map(of).collect()
}
