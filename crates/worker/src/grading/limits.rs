//! Limits of validators and interactors: CPU time, memory, and the size of what they write.
//!
//! A problem says what it needs (`limits.validation_…`); here is what it gets where it says nothing, what it gets at most, and how
//! much is taken of what a validator leaves in its feedback folder. `[grading.validators]` of the configuration sets all of it.

use std::time::Duration;

use model::{Bytes, Cpus, Limits};

/// Size of compiler output, which is put into the sandbox for each test.
pub(crate) const MAX_COMPILED_BYTES: Bytes = Bytes::mib(64);

/// Limits of a validator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ValidatorLimits {
    /// One run, where the problem does not say.
    pub default: Limits,
    /// One run, whatever the problem says.
    pub max: Limits,
    /// Output of an interactor in one run.
    pub max_output: Bytes,
    /// Limits of its feedback folder.
    pub feedback: FeedbackLimits,
}

/// Limits of a feedback folder after each run of a validator. A folder beyond them is a judge error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FeedbackLimits {
    /// The size of `nextpass.in`.
    pub next_pass: Bytes,
    /// The size of `score.txt` and of `score_multiplier.txt`.
    pub score: Bytes,
    /// The size of `judgemessage.txt` and of `teammessage.txt`; the beginning of each is shown.
    pub message: Bytes,
    /// Number of other files there may be.
    pub files: u32,
    /// The size of all other files together.
    pub files_total: Bytes,
}

impl Default for ValidatorLimits {
    /// The values of the package format, with memory for a validator that holds an answer, and output for one
    /// that tells of each line.
    fn default() -> Self {
        let usual = Limits {
            cpu: Duration::from_mins(1),
            cpus: Cpus::ONE,
            wall: Duration::from_secs(90),
            memory: Bytes::mib(512),
            output: Bytes::mib(64),
            file_size: Bytes::mib(256),
            disk: Bytes::mib(64),
            open_files: 256,
            ..Limits::STUDENT
        };
        let most = Limits {
            cpu: Duration::from_mins(2),
            wall: Duration::from_mins(4),
            memory: Bytes::mib(2048),
            output: Bytes::mib(256),
            ..usual
        };
        Self { default: usual, max: most, max_output: Bytes::mib(256), feedback: FeedbackLimits::default() }
    }
}

impl Default for FeedbackLimits {
    fn default() -> Self {
        Self {
            next_pass: Bytes::mib(64),
            score: Bytes::kib(4),
            message: Bytes::mib(16),
            files: 1000,
            files_total: Bytes::mib(64),
        }
    }
}
