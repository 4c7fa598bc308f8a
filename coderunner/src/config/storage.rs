//! `[compile_cache]`, `[artifacts]`, `[objects]`, `[results]`, `[languages]`, `[log]`: stored data, its size and its retention.

use std::{path::PathBuf, time::Duration};

use execution::ShareSettings;
use model::{ArtifactLimits, Bytes};
use worker::CompileCacheSettings;

use super::{choice::LogFormat, secret::SecretUrl, setting::settings};

settings! {
    /// Compile cache: compiled programs, kept for the next submission of the same program.
    pub(crate) struct CompileCacheConfig {
        /// Maximum memory of the cache, in bytes; with 0 nothing is cached.
        bytes: u64 = 256 * 1024 * 1024;
        /// Maximum size of one compilation, in bytes; a larger one is not cached.
        entry_bytes: u64 = 32 * 1024 * 1024;
    }
}

impl CompileCacheConfig {
    /// Settings of the cache.
    pub(crate) const fn settings(&self) -> CompileCacheSettings {
        CompileCacheSettings { total: Bytes(self.bytes), max_entry: Bytes(self.entry_bytes) }
    }
}

/// Artifacts are in memory while they are collected, once per slot.
const MAX_ARTIFACT_BYTES: u64 = 1024 * 1024 * 1024;

settings! {
    /// Artifacts: files that a program leaves, on request.
    pub(crate) struct ArtifactsConfig {
        /// Maximum number of files of a run.
        #[former = "most_files"]
        max_files: u32 = ArtifactLimits::default().max_files, ..=1000;
        /// Maximum size of a file, in bytes; a larger one is left out.
        #[former = "most_bytes_each"]
        max_bytes_each: u64 = ArtifactLimits::default().max_file_bytes.get();
        /// Maximum size of all files of a run together, in bytes.
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
        /// Place of the objects: `file://` and an absolute path, or `s3://bucket/prefix` with the usual `AWS_` variables. By
        /// default `objects` in the data folder.
        url: Option<SecretUrl> = None;
    }
}

settings! {
    /// Results.
    pub(crate) struct ResultsConfig {
        /// Time for which a result is kept after its job has ended, with the job's files, in days.
        keep_days: u32 = 7, 1..=36_500;
        /// Time for which the attempt log of a job is kept, in days.
        attempt_log_days: u32 = 7, 1..=36_500;
    }
}

impl ResultsConfig {
    pub(crate) const fn retention(&self) -> Duration {
        Duration::from_hours(24 * self.keep_days as u64)
    }

    pub(crate) const fn keep_attempts(&self) -> Duration {
        Duration::from_hours(24 * self.attempt_log_days as u64)
    }
}

/// A share is one row of the records, and is read as a whole.
const MAX_SHARE_BYTES: u64 = 4 * 1024 * 1024;

settings! {
    /// Shared programs.
    pub(crate) struct SharesConfig {
        /// Time for which a shared program can be read, in days.
        keep_days: u32 = 30, 1..=36_500;
        /// Maximum size of a shared program with its files and input, in bytes.
        max_bytes: u64 = ShareSettings::default().max_bytes.get(), 1024..=MAX_SHARE_BYTES;
    }
}

impl SharesConfig {
    pub(crate) const fn settings(&self) -> ShareSettings {
        ShareSettings {
            retention: Duration::from_hours(24 * self.keep_days as u64),
            max_bytes: Bytes(self.max_bytes),
        }
    }
}

settings! {
    /// Languages.
    pub(crate) struct LanguagesConfig {
        /// A folder with more language files; one of the same name replaces a built-in one.
        folder: Option<PathBuf> = None;
        /// Whether a starting server prepares toolchains as the language files define: files that compilers and runtimes need
        /// only once. It takes some seconds at the first start, and the files are kept in the data folder.
        prepare: bool = true;
    }
}

settings! {
    /// The log, which goes to standard error.
    pub(crate) struct LogConfig {
        /// Format of its lines: `text` for people, `json` for machines.
        format: LogFormat = LogFormat::Text;
        /// Log level (`error`, `warn`, `info`, `debug`, `trace`), or levels by part of the program, such as `warn,worker=debug`.
        filter: String = "info".to_owned();
    }
}
