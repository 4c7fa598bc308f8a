//! What came of a grading, as its submitter sees it.
//!
//! A type without a place for anything of a hidden test, so that nothing of one can be written by mistake. It is filled from
//! what the crate `judge` leaves of a grading for its submitter, never from the grading.

use model::Verdict;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Encoding;

/// The judgement on a submission, beside the other fields of its result: all of these once a grading has ended, and none before
/// that and for plain runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct GradingBody {
    /// Of the whole submission.
    pub verdict: VerdictName,
    /// How many tests were passed, hidden ones included.
    #[schema(example = 3)]
    pub passed: u32,
    /// How many tests there are, hidden ones included.
    #[schema(example = 4)]
    pub total: u32,
    /// `passed` of `total` in percent, to two decimals.
    #[schema(example = 75.0)]
    pub pass_rate: f64,
    /// The points; where a problem has none, the passed tests in percent.
    #[schema(example = 75.0)]
    pub score: f64,
    /// The most points possible; null if there is no such number.
    #[schema(example = 100.0)]
    pub max_score: Option<f64>,
    /// The most that the run of any public test used; null if none was run. Hidden tests do not count.
    pub most_used: Option<MostUsedBody>,
    /// Every test, in the problem's order.
    pub test_results: Vec<TestResultBody>,
}

/// What was used of each quantity in the run of the public test that used most of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MostUsedBody {
    /// CPU time of the whole process tree, in milliseconds.
    #[schema(example = 3)]
    pub cpu_ms: u64,
    /// Time on the clock, in milliseconds.
    #[schema(example = 4)]
    pub wall_ms: u64,
    /// Peak memory of the whole process tree, in bytes.
    #[schema(example = 9_437_184)]
    pub memory_bytes: u64,
}

/// What came of one test.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum TestResultBody {
    /// Of a hidden test.
    Hidden(HiddenTestBody),
    /// Of a test that everybody may see.
    Public(Box<PublicTestBody>),
}

/// All that is told of a hidden test.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"passed": false, "hidden": true}))]
pub struct HiddenTestBody {
    /// Whether it was passed.
    pub passed: bool,
    /// Always true.
    pub hidden: bool,
}

/// What came of a test that everybody may see. Input, answer and output are their beginnings, where they are long.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PublicTestBody {
    /// Its name.
    #[schema(example = "1")]
    pub name: String,
    /// What the program was given; of a function, the call.
    #[schema(example = "1 2\n")]
    pub input: String,
    /// `base64` where `input` is not UTF-8; left out otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub input_encoding: Option<Encoding>,
    /// What should have come.
    #[schema(example = "3\n")]
    pub expected: String,
    /// `base64` where `expected` is not UTF-8; left out otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub expected_encoding: Option<Encoding>,
    /// What came.
    #[schema(example = "3\n")]
    pub got: String,
    /// `base64` where `got` is not UTF-8; left out otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub got_encoding: Option<Encoding>,
    /// Whether it was passed.
    pub passed: bool,
    /// Of this test; null if it was not run, because the result was decided before.
    pub verdict: Option<VerdictName>,
    /// Its points; left out where the problem has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub score: Option<f64>,
    /// CPU time, in milliseconds; null if it was not run.
    #[schema(example = 2)]
    pub cpu_ms: Option<u64>,
    /// Time on the clock, in milliseconds; null if it was not run.
    #[schema(example = 3)]
    pub wall_ms: Option<u64>,
    /// Peak memory, in bytes; null if it was not run.
    #[schema(example = 9_437_184)]
    pub memory_bytes: Option<u64>,
    /// What is wrong, in a sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "Line 1, column 1: expected \"3\", got \"4\"")]
    pub message: Option<String>,
    /// Why the program was stopped or crashed in this test, or what it did not find, in plain words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "The program was stopped: it used more than 2 s of CPU time.")]
    pub explanation: Option<String>,
    /// What differs, line by line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub diff: Option<String>,
    /// The problem's hint for those who fail this test.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub hint: Option<String>,
    /// What the problem's own validator has to say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub team_message: Option<String>,
}

/// What a submission, or one test of it, is judged to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum VerdictName {
    /// Right.
    Accepted,
    /// Some of the points; never of one test.
    Partial,
    /// It ended well and said the wrong thing.
    WrongAnswer,
    /// It took too long.
    TimeLimit,
    /// It used up its memory.
    MemoryLimit,
    /// It wrote too much.
    OutputLimit,
    /// It failed by itself.
    RuntimeError,
    /// It does not compile.
    CompileError,
    /// We, or the problem, failed: never the submitter's fault.
    JudgeError,
}

impl From<Verdict> for VerdictName {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Accepted => Self::Accepted,
            Verdict::Partial => Self::Partial,
            Verdict::WrongAnswer => Self::WrongAnswer,
            Verdict::TimeLimit => Self::TimeLimit,
            Verdict::MemoryLimit => Self::MemoryLimit,
            Verdict::OutputLimit => Self::OutputLimit,
            Verdict::RuntimeError => Self::RuntimeError,
            Verdict::CompileError => Self::CompileError,
            Verdict::JudgeError => Self::JudgeError,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hidden_test_is_written_in_two_words_and_read_back_as_hidden() {
        let hidden = TestResultBody::Hidden(HiddenTestBody { passed: false, hidden: true });
        let text = serde_json::to_string(&hidden).expect("serializes");
        assert_eq!(text, r#"{"passed":false,"hidden":true}"#);
        assert_eq!(serde_json::from_str::<TestResultBody>(&text).expect("reads back"), hidden);
        let public = r#"{"name":"1","input":"","expected":"","got":"","passed":true,"verdict":"accepted",
            "cpuMs":1,"wallMs":1,"memoryBytes":1}"#;
        let public: TestResultBody = serde_json::from_str(public).expect("reads");
        assert!(matches!(public, TestResultBody::Public(_)));
    }

    #[test]
    fn a_verdict_has_the_name_that_the_model_gives_it() {
        for verdict in [Verdict::WrongAnswer, Verdict::JudgeError, Verdict::Partial] {
            let written = serde_json::to_value(VerdictName::from(verdict)).expect("serializes");
            assert_eq!(written, verdict.as_str());
        }
    }
}
