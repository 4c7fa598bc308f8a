//! Redaction of hidden tests: conversion of a grading into the submitter's view.
//!
//! A hidden test shows only whether it passed: no name, input, expected answer, output, message, verdict,
//! score, time or memory, nor a sum or maximum that includes them. A program could encode a hidden input in
//! its run time or memory use and read it there. The result has types of its own, so that no field can be
//! forgotten. Groups, faults and the suite's digest are for staff: a group's score reveals results of its
//! hidden tests, and a digest would confirm a guess of the suite.

use model::{Grading, TestDetails, TestResult, Usage, Verdict, Visibility};
use serde::Serialize;

/// The submitter's view of a grading.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RedactedGrading {
    /// Verdict on the whole submission.
    pub verdict: Verdict,
    /// Number of accepted tests, hidden ones included.
    pub passed: u32,
    /// Number of tests, hidden ones included.
    pub total: u32,
    /// `passed` of `total` in percent.
    pub pass_rate: f64,
    /// Points.
    pub score: f64,
    /// Maximum points.
    pub max_score: Option<f64>,
    /// Maximum of each resource over the public tests; absent if none was run.
    #[serde(rename = "mostUsed")]
    pub peak_usage: Option<Usage>,
    /// All tests, in file order.
    pub tests: Vec<RedactedTest>,
}

/// The submitter's view of a test.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum RedactedTest {
    /// Everything except the fields for staff.
    Public(Box<PublicTest>),
    /// Only whether it passed.
    Hidden(HiddenOutcome),
}

/// The visible result of a hidden test. A test that was not run counts as failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum HiddenOutcome {
    /// The test passed.
    #[serde(rename = "yes")]
    Passed,
    /// The test failed or was not run.
    #[serde(rename = "no")]
    Failed,
}

/// A public test's result.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PublicTest {
    /// The test's name.
    pub name: String,
    /// Verdict on this test; absent if it was not run.
    pub verdict: Option<Verdict>,
    /// Points of this test.
    pub score: Option<f64>,
    /// Resources used by the run.
    pub usage: Option<Usage>,
    /// Input, expected answer, output and difference, without the fields for staff.
    pub shown: TestDetails,
}

impl RedactedTest {
    /// Whether the test passed.
    pub const fn passed(&self) -> bool {
        match self {
            Self::Public(test) => matches!(test.verdict, Some(Verdict::Accepted)),
            Self::Hidden(outcome) => matches!(outcome, HiddenOutcome::Passed),
        }
    }
}

/// Converts a grading into the submitter's view.
pub fn for_submitter(grading: &Grading) -> RedactedGrading {
    RedactedGrading {
        verdict: grading.verdict,
        passed: grading.passed,
        total: grading.total,
        pass_rate: grading.pass_rate(),
        score: grading.score,
        max_score: grading.max_score,
        peak_usage: peak_usage(&grading.tests),
        tests: grading.tests.iter().map(redact_test).collect(),
    }
}

fn redact_test(test: &TestResult) -> RedactedTest {
    match test.visibility {
        Visibility::Hidden => {
            RedactedTest::Hidden(if test.passed() { HiddenOutcome::Passed } else { HiddenOutcome::Failed })
        }
        Visibility::Public => RedactedTest::Public(Box::new(PublicTest {
            name: test.name.clone(),
            verdict: test.verdict,
            score: test.score,
            usage: test.usage,
            shown: TestDetails { judge_message: None, ..test.details.clone() },
        })),
    }
}

/// Maximum of each resource over the public tests; `None` if none was run.
fn peak_usage(tests: &[TestResult]) -> Option<Usage> {
    let public = tests.iter().filter(|test| test.visibility == Visibility::Public);
    public.filter_map(|test| test.usage).reduce(Usage::max)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use model::{Bytes, Digest, GroupResult};

    use super::*;

    /// The content of each field of a hidden test here, and of no field of a public one.
    const SECRET: &str = "s3cr3t";

    fn test_details(text: &str) -> TestDetails {
        let told = || Some(format!("told {text}"));
        TestDetails {
            input: text.into(),
            expected: text.into(),
            actual: text.into(),
            message: told(),
            explanation: told(),
            diff: told(),
            hint: told(),
            team_message: told(),
            judge_message: told(),
        }
    }

    fn test(name: &str, visibility: Visibility, verdict: Verdict) -> TestResult {
        let usage = Usage {
            cpu: Duration::from_millis(7),
            wall: Duration::from_millis(9),
            memory: Bytes(123_457),
            ..Usage::default()
        };
        TestResult {
            name: name.to_owned(),
            visibility,
            verdict: Some(verdict),
            score: Some(98_761.5),
            usage: Some(usage),
            details: test_details(name),
        }
    }

    fn grading(tests: Vec<TestResult>) -> Grading {
        let group = |name: &str| GroupResult {
            name: name.to_owned(),
            verdict: Some(Verdict::RuntimeError),
            score: 1.0,
            max_score: None,
        };
        Grading {
            suite: Digest::of(SECRET.as_bytes()),
            verdict: Verdict::WrongAnswer,
            passed: 1,
            total: 3,
            score: 33.33,
            max_score: Some(100.0),
            tests,
            groups: vec![group(SECRET)],
            faults: vec![SECRET.to_owned()],
        }
    }

    #[test]
    fn a_hidden_test_shows_whether_it_passed_and_not_a_byte_more() {
        let hidden = |verdict| test(SECRET, Visibility::Hidden, verdict);
        for verdict in [Verdict::WrongAnswer, Verdict::RuntimeError, Verdict::JudgeError] {
            let seen = for_submitter(&grading(vec![hidden(verdict), hidden(Verdict::Accepted)]));
            assert_eq!(
                seen.tests,
                [RedactedTest::Hidden(HiddenOutcome::Failed), RedactedTest::Hidden(HiddenOutcome::Passed)]
            );
            let told = serde_json::to_string(&seen).expect("serializes");
            assert!(!told.contains(SECRET) && !told.contains("98761.5"), "{told}");
            assert!(!told.contains(&Digest::of(SECRET.as_bytes()).to_string()), "{told}");
        }
        // The same holds of what is not hidden only by being public: the check above can fail.
        let public = for_submitter(&grading(vec![test(SECRET, Visibility::Public, Verdict::Accepted)]));
        assert!(serde_json::to_string(&public).expect("serializes").contains(SECRET));
    }

    #[test]
    fn two_hidden_tests_that_failed_for_different_reasons_look_the_same() {
        let mut other = test("other", Visibility::Hidden, Verdict::TimeLimit);
        other.usage = None;
        other.score = None;
        let not_run = TestResult { verdict: None, ..other.clone() };
        let wrong = test(SECRET, Visibility::Hidden, Verdict::WrongAnswer);
        assert_eq!(redact_test(&other), redact_test(&wrong));
        assert_eq!(redact_test(&not_run), redact_test(&wrong));
    }

    #[test]
    fn a_public_test_shows_everything_except_details_for_staff() {
        let result = test("1", Visibility::Public, Verdict::Accepted);
        let expected = TestDetails { judge_message: None, ..result.details.clone() };
        match redact_test(&result) {
            RedactedTest::Public(seen) => assert_eq!((seen.shown, seen.usage), (expected, result.usage)),
            RedactedTest::Hidden(_) => panic!("it is public"),
        }
    }

    #[test]
    fn the_most_that_was_used_is_over_public_tests_alone() {
        let using = |visibility, cpu: u64, memory: u64| {
            let usage = Usage { cpu: Duration::from_millis(cpu), memory: Bytes(memory), ..Usage::default() };
            TestResult { usage: Some(usage), ..test("1", visibility, Verdict::Accepted) }
        };
        let (public, hidden) = (Visibility::Public, Visibility::Hidden);
        let most = |tests| {
            for_submitter(&grading(tests)).peak_usage.map(|most| (most.cpu.as_millis(), most.memory.get()))
        };
        let small = || vec![using(public, 1, 20), using(public, 2, 10)];
        assert_eq!(most(small()), Some((2, 20)));
        let with_hidden = small().into_iter().chain([using(hidden, 77, 7700)]).collect();
        assert_eq!(most(with_hidden), Some((2, 20)));
        assert_eq!(most(vec![using(hidden, 77, 7700)]), None, "no public test was run");
    }
}
