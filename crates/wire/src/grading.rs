//! Grading: verdict, score and test results for the submitter.
//!
//! The types have no fields for the content of hidden tests, so that it cannot leak by mistake. They are filled from the submitter's view
//! that the crate `judge` derives from a grading, never from the grading itself.

use model::Verdict;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Encoding;

/// The judgement on a submission, added to the other fields of its result: all of these once a grading has ended, none before that and
/// none for plain runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct GradingBody {
    /// The verdict on the whole submission.
    pub verdict: VerdictName,
    /// Number of passed tests, hidden ones included.
    #[schema(example = 3)]
    pub passed: u32,
    /// Number of tests, hidden ones included.
    #[schema(example = 4)]
    pub total: u32,
    /// `passed` of `total` in percent, to two decimals.
    #[schema(example = 75.0)]
    pub pass_rate: f64,
    /// The points; for problems without points, the passed tests in percent.
    #[schema(example = 75.0)]
    pub score: f64,
    /// The maximum of points; null if unbounded.
    #[schema(example = 100.0)]
    pub max_score: Option<f64>,
    /// Peak usage over the runs of all public tests; null if none was run. Hidden tests do not count.
    #[serde(rename = "mostUsed")]
    pub peak_usage: Option<PeakUsageBody>,
    /// Every test, in the problem's order.
    pub test_results: Vec<TestResultBody>,
}

/// The maximum of each quantity over the runs of the public tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PeakUsageBody {
    /// CPU time of the whole process tree, in milliseconds.
    #[schema(example = 3)]
    pub cpu_ms: u64,
    /// Wall time, in milliseconds.
    #[schema(example = 4)]
    pub wall_ms: u64,
    /// Peak memory of the whole process tree, in bytes.
    #[schema(example = 9_437_184)]
    pub memory_bytes: u64,
}

/// The result of one test.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum TestResultBody {
    /// The result of a hidden test.
    Hidden(HiddenTestBody),
    /// The result of a public test.
    Public(Box<PublicTestBody>),
}

/// The result of a hidden test.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"passed": false, "hidden": true}))]
pub struct HiddenTestBody {
    /// Whether it was passed.
    pub passed: bool,
    /// Always true.
    pub hidden: bool,
}

/// The result of a public test. Long input and output is truncated.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PublicTestBody {
    /// Its name.
    #[schema(example = "1")]
    pub name: String,
    /// The input of the program; for function calls, the call.
    #[schema(example = "1 2\n")]
    pub input: String,
    /// `base64` if `input` is not UTF-8; absent otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub input_encoding: Option<Encoding>,
    /// The expected output.
    #[schema(example = "3\n")]
    pub expected: String,
    /// `base64` if `expected` is not UTF-8; absent otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub expected_encoding: Option<Encoding>,
    /// The actual output.
    #[serde(rename = "got")]
    #[schema(example = "3\n")]
    pub actual: String,
    /// `base64` if `got` is not UTF-8; absent otherwise.
    #[serde(rename = "gotEncoding", default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub actual_encoding: Option<Encoding>,
    /// Whether it was passed.
    pub passed: bool,
    /// The verdict; null if it was not run, because the result was decided before.
    pub verdict: Option<VerdictName>,
    /// Its points; absent if the problem has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub score: Option<f64>,
    /// CPU time, in milliseconds; null if it was not run.
    #[schema(example = 2)]
    pub cpu_ms: Option<u64>,
    /// Wall time, in milliseconds; null if it was not run.
    #[schema(example = 3)]
    pub wall_ms: Option<u64>,
    /// Peak memory, in bytes; null if it was not run.
    #[schema(example = 9_437_184)]
    pub memory_bytes: Option<u64>,
    /// The difference to the expected output, in a sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "Line 1, column 1: expected \"3\", got \"4\"")]
    pub message: Option<String>,
    /// Explanation of a limit, a crash or a missing module, in plain words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "The program was stopped: it used more than 2 s of CPU time.")]
    pub explanation: Option<String>,
    /// The differences, line by line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub diff: Option<String>,
    /// The problem's hint for submissions that fail this test.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub hint: Option<String>,
    /// The message of the problem's validator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub team_message: Option<String>,
}

/// The judgement on a submission or one of its tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum VerdictName {
    /// The answer is right.
    Accepted,
    /// Some of the points; never for a single test.
    Partial,
    /// The program exited normally with a wrong answer.
    WrongAnswer,
    /// It exceeded its CPU or wall time limit.
    TimeLimit,
    /// It exceeded its memory limit.
    MemoryLimit,
    /// It exceeded its output limit.
    OutputLimit,
    /// It failed by itself.
    RuntimeError,
    /// It does not compile.
    CompileError,
    /// The platform or the problem failed: never the submitter's fault.
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
    fn a_hidden_test_has_two_fields_and_reads_back_as_hidden() {
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
