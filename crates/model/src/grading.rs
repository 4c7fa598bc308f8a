//! What came of judging a submission by a suite.

use serde::{Deserialize, Serialize};

use crate::{Content, Digest, Usage, Verdict, Visibility};

/// The judgement on a submission: everything, for staff. What its submitter may see of it is made by the crate `judge`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Grading {
    /// The suite that it was judged by.
    pub suite: Digest,
    /// Of the whole submission.
    pub verdict: Verdict,
    /// How many tests were accepted.
    pub passed: u32,
    /// How many tests there are, run or not.
    pub total: u32,
    /// The points; for pass-fail problems the passed tests in percent.
    pub score: f64,
    /// The most points possible; absent if there is no such number.
    pub max_score: Option<f64>,
    /// Every test, in file order.
    pub tests: Vec<TestResult>,
    /// Every group that has a name, in file order, a group before those in it.
    pub groups: Vec<GroupResult>,
    /// What is wrong with the problem, where that made a judge error; for staff.
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

/// What came of one test.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TestResult {
    /// The test's name.
    pub name: String,
    /// Who may see more than whether it passed.
    pub visibility: Visibility,
    /// Of this test; absent if it was not run, because the result was decided before.
    pub verdict: Option<Verdict>,
    /// Its points; absent in pass-fail problems and if it was not run.
    pub score: Option<f64>,
    /// What the run used; absent if it was not run.
    pub usage: Option<Usage>,
    /// What people look at.
    pub shown: Shown,
}

impl TestResult {
    /// Whether it was run and accepted.
    pub fn passed(&self) -> bool {
        self.verdict == Some(Verdict::Accepted)
    }
}

/// What people look at in a test's result, each part capped.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Shown {
    /// The beginning of its input; of a call, the call.
    pub input: Content,
    /// The beginning of what is expected.
    pub expected: Content,
    /// The beginning of what came.
    pub got: Content,
    /// What is wrong, in a sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Why the program was stopped or crashed, or what it did not find.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub explanation: Option<String>,
    /// What differs, line by line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub diff: Option<String>,
    /// The problem's hint for those who fail this test.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// What the validator has to say to the submitter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team_message: Option<String>,
    /// What the validator has to say to staff, or why judging failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub judge_message: Option<String>,
}

/// What came of a group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GroupResult {
    /// The group's name.
    pub name: String,
    /// Of all in it; absent if nothing in it was run.
    pub verdict: Option<Verdict>,
    /// Its points; 0 if nothing in it was run.
    pub score: f64,
    /// The most it could get; absent if there is no such number.
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
