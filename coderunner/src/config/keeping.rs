//! Results, files, compilations and the log: how much of each is kept, and where. Languages, too.

use std::{path::PathBuf, time::Duration};

use model::{ArtifactLimits, Bytes};

use super::{LogFormat, SecretUrl, setting::settings};

settings! {
    /// Compiled programs that are kept for when the same program comes again.
    pub(crate) struct CompileCacheConfig {
        /// How much memory they may take, in bytes; with 0 none are kept.
        bytes: u64 = 256 * 1024 * 1024;
        /// How much of that one compilation may take; a larger one is not kept.
        entry_bytes: u64 = 32 * 1024 * 1024;
    }
}

/// What a program leaves behind is in memory on its way out, once for each slot.
const MAX_ARTIFACT_BYTES: u64 = 1024 * 1024 * 1024;

settings! {
    /// Files that a program leaves behind, where they are asked for.
    pub(crate) struct ArtifactsConfig {
        /// How many files are kept.
        #[former = "most_files"]
        max_files: u32 = ArtifactLimits::default().max_files, ..=1000;
        /// How many bytes each may have; a larger file is left out.
        #[former = "most_bytes_each"]
        max_bytes_each: u64 = ArtifactLimits::default().max_file_bytes.get();
        /// How many bytes all together may have.
        #[former = "most_bytes"]
        max_bytes: u64 = ArtifactLimits::default().max_total_bytes.get(), ..=MAX_ARTIFACT_BYTES;
    }
}

impl ArtifactsConfig {
    pub(crate) const fn limits(&self) -> ArtifactLimits {
        ArtifactLimits {
            max_files: self.max_files,
            max_file_bytes: Bytes(self.max_bytes_each),
            max_total_bytes: Bytes(self.max_bytes),
        }
    }
}

settings! {
    /// Objects: the files of programs, and the data of tests.
    pub(crate) struct ObjectsConfig {
        /// Where they are kept: `file://` and a folder from the root on, or `s3://bucket/prefix` with the usual `AWS_` variables. Left out,
        /// `objects` in the data folder.
        url: Option<SecretUrl> = None;
    }
}

settings! {
    /// Results.
    pub(crate) struct ResultsConfig {
        /// How many days a result is kept after its job has ended, and the job's files with it.
        keep_days: u32 = 7, 1..=36_500;
        /// How many days the log of a job's attempts is kept: who made which, and when.
        attempt_log_days: u32 = 7, 1..=36_500;
    }
}

impl ResultsConfig {
    pub(crate) const fn keep(&self) -> Duration {
        Duration::from_hours(24 * self.keep_days as u64)
    }

    pub(crate) const fn keep_attempts(&self) -> Duration {
        Duration::from_hours(24 * self.attempt_log_days as u64)
    }
}

settings! {
    /// Languages.
    pub(crate) struct LanguagesConfig {
        /// A folder with more language files; one of the same name replaces a built-in one.
        folder: Option<PathBuf> = None;
        /// Whether a server that starts makes what compilers and runtimes can have made for them once, as the language files say. It takes some
        /// seconds at the first start, and is kept in the data folder.
        prepare: bool = true;
    }
}

settings! {
    /// The log, which goes to standard error.
    pub(crate) struct LogConfig {
        /// The form of its lines: `text` for people, `json` for machines.
        format: LogFormat = LogFormat::Text;
        /// What is logged: a level (`error`, `warn`, `info`, `debug`, `trace`), or levels by part of the program, such as `warn,worker=debug`.
        filter: String = "info".to_owned();
    }
}
