//! Grading: the result of judging a submission by a suite.

use serde::{Deserialize, Serialize};

use crate::{Content, Digest, Usage, Verdict, Visibility};

/// The judgement on a submission: the complete one, for staff. The crate `judge` derives the submitter's view from it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Grading {
    /// The digest of the suite.
    pub suite: Digest,
    /// The verdict on the whole submission.
    pub verdict: Verdict,
    /// Number of accepted tests.
    pub passed: u32,
    /// Number of tests, run or not.
    pub total: u32,
    /// The points; in pass-fail problems the passed tests in percent.
    pub score: f64,
    /// The maximum of points; absent if unbounded.
    pub max_score: Option<f64>,
    /// Every test, in file order.
    pub tests: Vec<TestResult>,
    /// Every named group, in file order, a group before its members.
    pub groups: Vec<GroupResult>,
    /// Faults of the problem that caused a judge error; for staff.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<String>,
}

impl Grading {
    /// `passed` of `total` in percent, to two decimals; 0 where there are no tests.
    pub fn pass_rate(&self) -> f64 {
        pass_rate(self.passed, self.total)
    }
}

/// `passed` of `total` in percent, to two decimals; 0 where there are none.
pub fn pass_rate(passed: u32, total: u32) -> f64 {
    if total == 0 {
        return 0.0;
    }
    (f64::from(passed) * 10_000.0 / f64::from(total)).round() / 100.0
}

/// The result of one test.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TestResult {
    /// The test's name.
    pub name: String,
    /// Whether the submitter may see its details.
    pub visibility: Visibility,
    /// The verdict; absent if it was not run, because the result was decided before.
    pub verdict: Option<Verdict>,
    /// Its points; absent in pass-fail problems and if it was not run.
    pub score: Option<f64>,
    /// Resource usage of the run; absent if it was not run.
    pub usage: Option<Usage>,
    /// Input, output and messages, for people.
    #[serde(rename = "shown")]
    pub details: TestDetails,
}

impl TestResult {
    /// Whether it was run and accepted.
    pub fn passed(&self) -> bool {
        self.verdict == Some(Verdict::Accepted)
    }
}

/// Input, output and messages of a test, for people; each field has a size limit.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TestDetails {
    /// The beginning of the input; for a call, the call.
    pub input: Content,
    /// The beginning of the expected output.
    pub expected: Content,
    /// The beginning of the actual output.
    #[serde(rename = "got")]
    pub actual: Content,
    /// The difference to the expected output, in a sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Explanation of a limit, a crash or a missing module.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub explanation: Option<String>,
    /// The differences, line by line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub diff: Option<String>,
    /// The problem's hint for submissions that fail this test.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// The validator's message to the submitter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team_message: Option<String>,
    /// The validator's message to staff, or the cause of a judge error.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub judge_message: Option<String>,
}

/// The result of a group of tests.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GroupResult {
    /// The group's name.
    pub name: String,
    /// Its verdict; absent if nothing in it was run.
    pub verdict: Option<Verdict>,
    /// Its points; 0 if nothing in it was run.
    pub score: f64,
    /// Its maximum of points; absent if unbounded.
    pub max_score: Option<f64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pass_rate_is_in_percent() {
        for ((passed, total), rate) in [((3, 4), 75.0), ((1, 3), 33.33), ((0, 0), 0.0), ((5, 5), 100.0)] {
            assert!((pass_rate(passed, total) - rate).abs() < 1e-9, "{passed} of {total}");
        }
    }
}
