//! What the programs of problems that judge may use and write: output validators and interactors.
//!
//! A problem says what it needs (`limits.validation_…`); here is what it gets where it says nothing, what it gets at most, and how
//! much is taken of what a validator leaves in its feedback folder. `[grading.validators]` of the configuration sets all of it.

use std::time::Duration;

use model::{Bytes, Limits};

/// What a validator may use and write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ValidatorLimits {
    /// One run, where the problem does not say.
    pub usual: Limits,
    /// One run, whatever the problem says.
    pub most: Limits,
    /// What an interactor says to a submission in one run.
    pub said: Bytes,
    /// What it leaves.
    pub feedback: FeedbackLimits,
}

/// What is taken of a feedback folder after each run of a validator. A folder with more in it is a judge error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FeedbackLimits {
    /// The size of `nextpass.in`.
    pub next_pass: Bytes,
    /// The size of `score.txt` and of `score_multiplier.txt`.
    pub score: Bytes,
    /// The size of `judgemessage.txt` and of `teammessage.txt`; the beginning of each is shown.
    pub message: Bytes,
    /// How many other files there may be.
    pub files: u32,
    /// The size of all other files together.
    pub files_total: Bytes,
}

impl Default for ValidatorLimits {
    /// What the package format suggests, with memory as a validator needs it that holds an answer, and output as one writes it
    /// that tells of each line.
    fn default() -> Self {
        let usual = Limits {
            cpu: Duration::from_mins(1),
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
        Self { usual, most, said: Bytes::mib(256), feedback: FeedbackLimits::default() }
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
