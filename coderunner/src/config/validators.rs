//! `[grading.validators]`: limits of validators, and of their output and feedback files.

use std::time::Duration;

use model::{Bytes, Limits};
use worker::{FeedbackLimits, ValidatorLimits};

use super::setting::settings;

const MIB: u64 = 1024 * 1024;
/// One day, far beyond any useful limit.
const LONGEST_MS: u64 = 86_400_000;
/// Files of the feedback folder are in memory while they are collected.
const MAX_BYTES: u64 = 1024 * MIB;
/// Output is counted, and not stored.
const MAX_OUTPUT: u64 = 1024 * 1024 * MIB;
/// The number of names of usual length that fit into one message of the sandbox.
const MAX_FILES: u32 = 1000;

settings! {
    /// Validators: programs of problems that judge. Their limits, and the limits of their output.
    pub(crate) struct ValidatorsConfig {
        /// Default CPU time of a run, in milliseconds, if the problem does not set it.
        cpu_ms: u64 = millis(default_limits().cpu), 1..=LONGEST_MS;
        /// Maximum CPU time of a run, in milliseconds, whatever the problem says.
        #[former = "most_cpu_ms"]
        max_cpu_ms: u64 = millis(max_limits().cpu), 1..=LONGEST_MS;
        /// Default wall time of a run, in milliseconds, if the problem does not set it.
        wall_ms: u64 = millis(default_limits().wall), 1..=LONGEST_MS;
        /// Maximum wall time of a run, in milliseconds, whatever the problem says.
        #[former = "most_wall_ms"]
        max_wall_ms: u64 = millis(max_limits().wall), 1..=LONGEST_MS;
        /// Default memory of a run, in mebibytes, if the problem does not set it.
        memory_mib: u64 = default_limits().memory.get() / MIB, 1..=16 * MIB;
        /// Maximum memory of a run, in mebibytes, whatever the problem says.
        #[former = "most_memory_mib"]
        max_memory_mib: u64 = max_limits().memory.get() / MIB, 1..=16 * MIB;
        /// Default size of each of the two output streams of a validator, in bytes, if the problem does not set it.
        output_bytes: u64 = default_limits().output.get(), 1..=MAX_OUTPUT;
        /// Maximum size of each of them, in bytes, whatever the problem says.
        #[former = "most_output_bytes"]
        max_output_bytes: u64 = max_limits().output.get(), 1..=MAX_OUTPUT;
        /// Maximum size of the data that an interactor sends to a submission in one run, in bytes.
        said_bytes: u64 = ValidatorLimits::default().max_output.get(), 1..=MAX_OUTPUT;
        /// Maximum size of `nextpass.in`, in bytes.
        next_pass_bytes: u64 = feedback().next_pass.get(), 1..=MAX_BYTES;
        /// Maximum size of `score.txt` and of `score_multiplier.txt`, in bytes.
        score_bytes: u64 = feedback().score.get(), 1..=MAX_BYTES;
        /// Maximum size of `judgemessage.txt` and of `teammessage.txt`, in bytes.
        message_bytes: u64 = feedback().message.get(), 1..=MAX_BYTES;
        /// Maximum number of other files in the feedback folder.
        feedback_files: u32 = feedback().files, 1..=MAX_FILES;
        /// Maximum size of these files together, in bytes.
        feedback_bytes: u64 = feedback().files_total.get(), 1..=MAX_BYTES;
    }
}

fn default_limits() -> Limits {
    ValidatorLimits::default().default
}

fn max_limits() -> Limits {
    ValidatorLimits::default().max
}

fn feedback() -> FeedbackLimits {
    ValidatorLimits::default().feedback
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

impl ValidatorsConfig {
    /// Limits for the grader.
    pub(crate) fn limits(&self) -> ValidatorLimits {
        let base = ValidatorLimits::default();
        let usual = Limits {
            cpu: Duration::from_millis(self.cpu_ms),
            wall: Duration::from_millis(self.wall_ms),
            memory: Bytes::mib(self.memory_mib),
            output: Bytes(self.output_bytes),
            ..base.default
        };
        let most = Limits {
            cpu: Duration::from_millis(self.max_cpu_ms),
            wall: Duration::from_millis(self.max_wall_ms),
            memory: Bytes::mib(self.max_memory_mib),
            output: Bytes(self.max_output_bytes),
            ..base.max
        };
        let feedback = FeedbackLimits {
            next_pass: Bytes(self.next_pass_bytes),
            score: Bytes(self.score_bytes),
            message: Bytes(self.message_bytes),
            files: self.feedback_files,
            files_total: Bytes(self.feedback_bytes),
        };
        ValidatorLimits { default: usual, max: most, max_output: Bytes(self.said_bytes), feedback }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::load::refuse, *};

    #[test]
    fn the_defaults_of_the_configuration_are_those_of_the_services() {
        assert_eq!(ValidatorsConfig::default().limits(), ValidatorLimits::default());
    }

    #[test]
    fn a_limit_of_nothing_is_refused_by_its_name() {
        refuse(
            "grading.validators.next_pass_bytes = 0",
            "grading.validators.next_pass_bytes must be a whole number from 1 to",
        );
    }
}
