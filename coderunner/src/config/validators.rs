//! `[grading.validators]`: what the programs of problems that judge may use, and how much is taken of what they write.

use std::time::Duration;

use model::{Bytes, Limits};
use serde::{Deserialize, Serialize};
use worker::{FeedbackLimits, ValidatorLimits};

/// `[grading.validators]`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ValidatorsConfig {
    /// CPU time of a run, in milliseconds, where the problem does not say.
    pub cpu_ms: u64,
    /// The same at most, whatever the problem says.
    pub most_cpu_ms: u64,
    /// Time on the clock of a run, in milliseconds, where the problem does not say.
    pub wall_ms: u64,
    /// The same at most.
    pub most_wall_ms: u64,
    /// Memory of a run, in mebibytes, where the problem does not say.
    pub memory_mib: u64,
    /// The same at most.
    pub most_memory_mib: u64,
    /// What a validator writes to each of its two outputs, in bytes, where the problem does not say.
    pub output_bytes: u64,
    /// The same at most.
    pub most_output_bytes: u64,
    /// What an interactor says to a submission in one run, in bytes.
    pub said_bytes: u64,
    /// The size of `nextpass.in`.
    pub next_pass_bytes: u64,
    /// The size of `score.txt` and of `score_multiplier.txt`.
    pub score_bytes: u64,
    /// The size of `judgemessage.txt` and of `teammessage.txt`.
    pub message_bytes: u64,
    /// How many other files there may be in the feedback folder.
    pub feedback_files: u32,
    /// The size of these together.
    pub feedback_bytes: u64,
}

impl Default for ValidatorsConfig {
    fn default() -> Self {
        let ValidatorLimits { usual, most, said, feedback } = ValidatorLimits::default();
        let millis = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        let mebibytes = |bytes: Bytes| bytes.get() / MIB;
        Self {
            cpu_ms: millis(usual.cpu),
            most_cpu_ms: millis(most.cpu),
            wall_ms: millis(usual.wall),
            most_wall_ms: millis(most.wall),
            memory_mib: mebibytes(usual.memory),
            most_memory_mib: mebibytes(most.memory),
            output_bytes: usual.output.get(),
            most_output_bytes: most.output.get(),
            said_bytes: said.get(),
            next_pass_bytes: feedback.next_pass.get(),
            score_bytes: feedback.score.get(),
            message_bytes: feedback.message.get(),
            feedback_files: feedback.files,
            feedback_bytes: feedback.files_total.get(),
        }
    }
}

const MIB: u64 = 1024 * 1024;

impl ValidatorsConfig {
    /// A day: nobody waits for that.
    const LONGEST_MS: u64 = 86_400_000;
    /// What is brought out is in memory for a moment.
    const MOST_BYTES: u64 = 1024 * MIB;
    /// What is written is only counted.
    const MOST_OUTPUT: u64 = 1024 * 1024 * MIB;
    /// As many as fit into one message of the sandbox with names of usual length.
    const MOST_FILES: u32 = 1000;

    pub(super) fn check(&self) -> anyhow::Result<()> {
        for (name, value, most) in [
            ("cpu_ms", self.cpu_ms, Self::LONGEST_MS),
            ("most_cpu_ms", self.most_cpu_ms, Self::LONGEST_MS),
            ("wall_ms", self.wall_ms, Self::LONGEST_MS),
            ("most_wall_ms", self.most_wall_ms, Self::LONGEST_MS),
            ("memory_mib", self.memory_mib, 16 * MIB),
            ("most_memory_mib", self.most_memory_mib, 16 * MIB),
            ("output_bytes", self.output_bytes, Self::MOST_OUTPUT),
            ("most_output_bytes", self.most_output_bytes, Self::MOST_OUTPUT),
            ("said_bytes", self.said_bytes, Self::MOST_OUTPUT),
            ("next_pass_bytes", self.next_pass_bytes, Self::MOST_BYTES),
            ("score_bytes", self.score_bytes, Self::MOST_BYTES),
            ("message_bytes", self.message_bytes, Self::MOST_BYTES),
            ("feedback_files", self.feedback_files.into(), Self::MOST_FILES.into()),
            ("feedback_bytes", self.feedback_bytes, Self::MOST_BYTES),
        ] {
            anyhow::ensure!(
                (1..=most).contains(&value),
                "grading.validators.{name} must be between 1 and {most}"
            );
        }
        Ok(())
    }

    /// What the grader is told.
    pub(crate) fn limits(&self) -> ValidatorLimits {
        let base = ValidatorLimits::default();
        let usual = Limits {
            cpu: Duration::from_millis(self.cpu_ms),
            wall: Duration::from_millis(self.wall_ms),
            memory: Bytes::mib(self.memory_mib),
            output: Bytes(self.output_bytes),
            ..base.usual
        };
        let most = Limits {
            cpu: Duration::from_millis(self.most_cpu_ms),
            wall: Duration::from_millis(self.most_wall_ms),
            memory: Bytes::mib(self.most_memory_mib),
            output: Bytes(self.most_output_bytes),
            ..base.most
        };
        let feedback = FeedbackLimits {
            next_pass: Bytes(self.next_pass_bytes),
            score: Bytes(self.score_bytes),
            message: Bytes(self.message_bytes),
            files: self.feedback_files,
            files_total: Bytes(self.feedback_bytes),
        };
        ValidatorLimits { usual, most, said: Bytes(self.said_bytes), feedback }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_configured_by_default_is_what_holds_by_default() {
        let config = ValidatorsConfig::default();
        assert_eq!(config.limits(), ValidatorLimits::default());
        config.check().expect("sound");
    }

    #[test]
    fn a_limit_of_nothing_is_refused_by_its_name() {
        let config = ValidatorsConfig { next_pass_bytes: 0, ..ValidatorsConfig::default() };
        let error = config.check().expect_err("refused").to_string();
        assert!(error.contains("grading.validators.next_pass_bytes must be between 1"), "{error}");
    }
}
