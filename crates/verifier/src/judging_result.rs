//! Judging result: submissions of a package with their results, and the time limit that they were judged by.

use std::time::Duration;

use package::{Expectation, SubmissionResult, TimeLimit, TimeRuleError};
use worker::GradeOutput;

/// A submission with its result.
pub struct SubmissionReport {
    /// Its path, by which it is shown.
    pub name: String,
    /// Its language.
    pub language: String,
    /// Expectations of its result.
    pub rules: Vec<Expectation>,
    /// Its result.
    pub outcome: SubmissionOutcome,
}

/// Result of a submission.
pub enum SubmissionOutcome {
    /// It was judged.
    Judged(Box<JudgedSubmission>),
    /// It is in a language that this machine does not have; why.
    Unavailable(String),
    /// We failed; why.
    Failed(String),
}

/// A judged submission.
pub struct JudgedSubmission {
    /// All that is known.
    pub graded: GradeOutput,
    /// The same, as expectations look at it.
    pub result: SubmissionResult,
    /// Violated expectations, one sentence each.
    pub unmet: Vec<String>,
    /// A remark on a result that is only narrowly as expected.
    pub remark: Option<String>,
}

/// Results of all submissions.
pub struct JudgingResult {
    /// Those that were asked for, in their order.
    pub submissions: Vec<SubmissionReport>,
    /// The time limit that they were judged by.
    pub limit: TimeLimit,
    /// The slowest test of those that bound the limit from below.
    pub slowest: Duration,
    /// Number of submissions that must be too slow.
    pub slow: usize,
    /// Number of submissions that were run only to measure their time.
    pub only_measured: usize,
    /// Violation of the format's rule for the limit.
    pub margin_violation: Option<TimeRuleError>,
    /// Whether the user interrupted before all were judged.
    pub stopped: bool,
}
