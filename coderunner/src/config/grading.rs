//! `[content]` and `[grading]`: problem packages, and limits of judging.

use std::{path::PathBuf, time::Duration};

use model::Bytes;
use worker::{Exclusion, TestDataCacheSettings, WorkerSettings};

use super::{setting::settings, validators::ValidatorsConfig};

/// Maximum memory of a loaded suite.
const MAX_SUITE_BYTES: u64 = 1024 * 1024 * 1024;
/// Far above a sensible size in a record.
const MAX_SHOWN_BYTES: u64 = 256 * 1024 * 1024;

const MIB: u64 = 1024 * 1024;

settings! {
    /// Problems that programs can be judged by.
    pub(crate) struct ContentConfig {
        /// The folder of problem packages. By default `content` in the folder in which the server is started, if that exists.
        folder: Option<PathBuf> = None;
        /// Maximum number of packages.
        #[former = "most_problems"]
        max_problems: usize = problems::Settings::default().max_problems;
        /// Maximum number of tests of a package.
        #[former = "most_tests"]
        max_tests: usize = problems::Settings::default().max_tests, 1..=100_000;
        /// Maximum size of the tests of a package, in bytes, without large data, which is stored separately.
        suite_bytes: u64 = problems::Settings::default().max_suite.get(), ..=MAX_SUITE_BYTES;
        /// Default CPU time of a test, in milliseconds, if the package does not set it.
        time_limit_ms: u64 = millis(problems::Settings::default().time_limit), 1..=3_600_000;
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

impl ContentConfig {
    /// Where the packages are, if there are any.
    pub(crate) fn place(&self) -> Option<PathBuf> {
        let usual = || Some(PathBuf::from("content")).filter(|folder| folder.is_dir());
        self.folder.clone().or_else(usual)
    }

    /// Settings of the service.
    pub(crate) fn settings(&self) -> problems::Settings {
        problems::Settings {
            max_problems: self.max_problems,
            max_tests: self.max_tests,
            max_suite: Bytes(self.suite_bytes),
            time_limit: Duration::from_millis(self.time_limit_ms),
            ..problems::Settings::default()
        }
    }
}

settings! {
    /// Judging.
    pub(crate) struct GradingConfig {
        /// Time limit of a grading, in seconds, including compiling and all tests.
        #[former = "most_seconds"]
        max_seconds: u64 = execution::Settings::default().max_grading.as_secs(), 1..=86_400;
        /// Maximum memory of cached test suites, in bytes.
        suites_bytes: u64 = TestDataCacheSettings::default().suites.get();
        /// Maximum size of cached large test data in the data folder, in bytes.
        data_bytes: u64 = TestDataCacheSettings::default().data.get();
        /// Maximum size of inputs, answers and outputs that are kept with a result, in bytes.
        shown_bytes: u64 = WorkerSettings::MAX_DETAILS.get(), ..=MAX_SHOWN_BYTES;
        /// Maximum memory that a problem may ask for, in mebibytes. The memory that its pool allows for any run is always
        /// allowed.
        #[former = "most_memory_mib"]
        max_memory_mib: u64 = execution::Settings::default().problem_memory.get() / MIB, 1..=MIB;
        /// Maximum output that a problem may ask for, on each stream, in bytes.
        #[former = "most_output_bytes"]
        max_output_bytes: u64 = execution::Settings::default().problem_output.get(), 1..=64 * MIB;
        /// Whether a program with the input of a hidden test runs beside no other program of this process: programs that run at
        /// the same time can exchange their inputs.
        hidden_tests_alone: bool = false;
    }
    sections {
        validators: ValidatorsConfig,
    }
}

impl GradingConfig {
    /// Maximum duration of a grading.
    pub(crate) const fn max_duration(&self) -> Duration {
        Duration::from_secs(self.max_seconds)
    }

    /// The most memory that a problem may ask for.
    pub(crate) fn problem_memory(&self) -> Bytes {
        Bytes::mib(self.max_memory_mib).max(execution::Settings::default().ceilings.container.memory)
    }

    /// The most output that a problem may ask for, on each stream.
    pub(crate) fn problem_output(&self) -> Bytes {
        Bytes(self.max_output_bytes).max(execution::Settings::default().ceilings.container.output)
    }

    /// Mutual exclusion of hidden tests and other programs.
    pub(crate) fn exclusion(&self) -> Exclusion {
        if self.hidden_tests_alone { Exclusion::in_force() } else { Exclusion::default() }
    }

    /// Settings of the cache of test data.
    pub(crate) const fn test_data_cache(&self) -> TestDataCacheSettings {
        TestDataCacheSettings { suites: Bytes(self.suites_bytes), data: Bytes(self.data_bytes) }
    }
}
