//! JSON output of `judge`: fields are added, never renamed or removed.
//! `docs/guides/problem-packages.md` describes it.

use model::{Content, TestResult, Visibility};
use serde::Serialize;
use verifier::{JudgedSubmission, JudgingResult, LoadedPackage, SubmissionReport};
use wire::CompileBody;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct JudgeReport<'a> {
    problem: &'a str,
    submission: &'a str,
    language: &'a str,
    toolchain: &'a str,
    time_limit_ms: u64,
    verdict: &'static str,
    passed: u32,
    total: u32,
    pass_rate: f64,
    score: Option<f64>,
    max_score: Option<f64>,
    compile: Option<CompileBody>,
    test_results: Vec<TestBody<'a>>,
    groups: Vec<GroupBody<'a>>,
    /// Faults of the problem itself.
    faults: &'a [String],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TestBody<'a> {
    name: &'a str,
    hidden: bool,
    passed: bool,
    /// Null if it was not run, because the result was decided before.
    verdict: Option<&'static str>,
    score: Option<f64>,
    cpu_ms: Option<u64>,
    wall_ms: Option<u64>,
    memory_bytes: Option<u64>,
    /// The beginnings; bytes that are no text are replaced.
    input: String,
    expected: String,
    got: String,
    message: Option<&'a str>,
    explanation: Option<&'a str>,
    diff: Option<&'a str>,
    team_message: Option<&'a str>,
    judge_message: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct GroupBody<'a> {
    name: &'a str,
    verdict: Option<&'static str>,
    score: f64,
    max_score: Option<f64>,
}

/// It as one object.
pub(super) fn text(
    loaded: &LoadedPackage,
    found: &SubmissionReport,
    judged: &JudgedSubmission,
    results: &JudgingResult,
    lang: &str,
) -> Result<String, serde_json::Error> {
    let grading = &judged.graded.grading;
    serde_json::to_string_pretty(&JudgeReport {
        problem: loaded.name(lang),
        submission: &found.name,
        language: &found.language,
        toolchain: &judged.graded.toolchain,
        time_limit_ms: millis(results.limit.limit),
        verdict: grading.verdict.as_str(),
        passed: grading.passed,
        total: grading.total,
        pass_rate: grading.pass_rate(),
        score: judged.result.score,
        max_score: judged.result.max_score,
        compile: judged.graded.compile.as_ref().map(CompileBody::from),
        test_results: grading.tests.iter().map(test).collect(),
        groups: grading.groups.iter().map(group).collect(),
        faults: &grading.faults,
    })
}

fn group(group: &model::GroupResult) -> GroupBody<'_> {
    let verdict = group.verdict.map(model::Verdict::as_str);
    GroupBody { name: &group.name, verdict, score: group.score, max_score: group.max_score }
}

fn test(test: &TestResult) -> TestBody<'_> {
    let text = |content: &Content| String::from_utf8_lossy(content.as_bytes()).into_owned();
    TestBody {
        name: &test.name,
        hidden: test.visibility == Visibility::Hidden,
        passed: test.passed(),
        verdict: test.verdict.map(model::Verdict::as_str),
        score: test.score,
        cpu_ms: test.usage.map(|usage| millis(usage.cpu)),
        wall_ms: test.usage.map(|usage| millis(usage.wall)),
        memory_bytes: test.usage.map(|usage| usage.memory.get()),
        input: text(&test.details.input),
        expected: text(&test.details.expected),
        got: text(&test.details.actual),
        message: test.details.message.as_deref(),
        explanation: test.details.explanation.as_deref(),
        diff: test.details.diff.as_deref(),
        team_message: test.details.team_message.as_deref(),
        judge_message: test.details.judge_message.as_deref(),
    }
}

fn millis(time: std::time::Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
