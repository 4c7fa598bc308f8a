//! What a submitter may see of a grading.
//!
//! Of a hidden test that is whether it passed, and nothing else: no name, input, expected answer, output, message,
//! verdict, score, time or memory, nor any of these within a sum or a maximum: a program that sleeps, or takes memory, by what
//! a hidden input says would tell it there. A type of its own holds what is left, so that there is no field to forget. Groups,
//! faults and the suite's digest are for staff: a group's score would tell of the hidden tests in it, and whoever
//! guesses a suite could try the guess on a digest.

use model::{Grading, TestDetails, TestResult, Usage, Verdict, Visibility};
use serde::Serialize;

/// A grading as its submitter sees it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SeenGrading {
    /// Of the whole submission.
    pub verdict: Verdict,
    /// How many tests were accepted, hidden ones included.
    pub passed: u32,
    /// How many there are, hidden ones included.
    pub total: u32,
    /// `passed` of `total` in percent.
    pub pass_rate: f64,
    /// The points.
    pub score: f64,
    /// The most points possible.
    pub max_score: Option<f64>,
    /// The most that the run of any public test used; absent if none was run.
    pub most_used: Option<Usage>,
    /// Every test, in file order.
    pub tests: Vec<SeenTest>,
}

/// A test's result as the submitter sees it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum SeenTest {
    /// Everything but what is for staff.
    Public(Box<PublicTest>),
    /// Whether it passed.
    Hidden(Passed),
}

/// Whether a test passed. One that was not run did not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Passed {
    /// It did.
    Yes,
    /// It did not.
    No,
}

/// A public test's result.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PublicTest {
    /// The test's name.
    pub name: String,
    /// Of this test; absent if it was not run.
    pub verdict: Option<Verdict>,
    /// Its points.
    pub score: Option<f64>,
    /// What the run used.
    pub usage: Option<Usage>,
    /// Input, expected, got and what differs, without what is for staff.
    pub shown: TestDetails,
}

impl SeenTest {
    /// Whether it passed.
    pub const fn passed(&self) -> bool {
        match self {
            Self::Public(test) => matches!(test.verdict, Some(Verdict::Accepted)),
            Self::Hidden(passed) => matches!(passed, Passed::Yes),
        }
    }
}

/// What the submitter may see of a grading.
pub fn for_submitter(grading: &Grading) -> SeenGrading {
    SeenGrading {
        verdict: grading.verdict,
        passed: grading.passed,
        total: grading.total,
        pass_rate: grading.pass_rate(),
        score: grading.score,
        max_score: grading.max_score,
        most_used: most_used(&grading.tests),
        tests: grading.tests.iter().map(seen).collect(),
    }
}

fn seen(test: &TestResult) -> SeenTest {
    match test.visibility {
        Visibility::Hidden => SeenTest::Hidden(if test.passed() { Passed::Yes } else { Passed::No }),
        Visibility::Public => SeenTest::Public(Box::new(PublicTest {
            name: test.name.clone(),
            verdict: test.verdict,
            score: test.score,
            usage: test.usage,
            shown: TestDetails { judge_message: None, ..test.details.clone() },
        })),
    }
}

/// Of each quantity the most that the run of any public test used; absent if none was run.
fn most_used(tests: &[TestResult]) -> Option<Usage> {
    let public = tests.iter().filter(|test| test.visibility == Visibility::Public);
    public.filter_map(|test| test.usage).reduce(Usage::max)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use model::{Bytes, Digest, GroupResult};

    use super::*;

    /// What every part of a hidden test says here, and no part of a public one.
    const SECRET: &str = "s3cr3t";

    fn shown(text: &str) -> TestDetails {
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
            details: shown(name),
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
            assert_eq!(seen.tests, [SeenTest::Hidden(Passed::No), SeenTest::Hidden(Passed::Yes)]);
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
        assert_eq!(seen(&other), seen(&wrong));
        assert_eq!(seen(&not_run), seen(&wrong));
    }

    #[test]
    fn a_public_test_shows_all_but_what_is_for_staff() {
        let result = test("1", Visibility::Public, Verdict::Accepted);
        let expected = TestDetails { judge_message: None, ..result.details.clone() };
        match seen(&result) {
            SeenTest::Public(seen) => assert_eq!((seen.shown, seen.usage), (expected, result.usage)),
            SeenTest::Hidden(_) => panic!("it is public"),
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
            for_submitter(&grading(tests)).most_used.map(|most| (most.cpu.as_millis(), most.memory.get()))
        };
        let small = || vec![using(public, 1, 20), using(public, 2, 10)];
        assert_eq!(most(small()), Some((2, 20)));
        let with_hidden = small().into_iter().chain([using(hidden, 77, 7700)]).collect();
        assert_eq!(most(with_hidden), Some((2, 20)));
        assert_eq!(most(vec![using(hidden, 77, 7700)]), None, "no public test was run");
    }
}
