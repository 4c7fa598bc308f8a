//! JSON output of `verify`. The shape is a promise: fields are added, never renamed or removed.
//! `docs/guides/problem-packages.md` describes it.

use package::summarize_expectations;
use serde::Serialize;
use verifier::{
    Conclusion, InputReport, LimitOrigin, PackageReport, StatusCounts, SubmissionOutcome, SubmissionReport,
    SubmissionStatus, UnavailablePolicy, Verification,
};

use super::print::{headline, slowest};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct VerificationJson<'a> {
    ok: bool,
    /// Whether somebody pressed Ctrl-C: what is here was done before.
    interrupted: bool,
    packages: Vec<PackageJson<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PackageJson<'a> {
    package: &'a str,
    ok: bool,
    /// Why it could not be verified at all.
    error: Option<&'a str>,
    #[serde(flatten)]
    verification: Option<Details<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Details<'a> {
    name: &'a str,
    format: &'static str,
    tests: usize,
    warnings: Vec<WarningBody<'a>>,
    notes: &'a [String],
    /// Problems of the package as a whole, one sentence each.
    problems: &'a [String],
    time_limit: TimeLimitBody,
    counts: Counts,
    submissions: Vec<SubmissionBody<'a>>,
    inputs: Option<InputsBody<'a>>,
}

#[derive(Serialize)]
struct WarningBody<'a> {
    place: &'a str,
    message: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TimeLimitBody {
    limit_ms: u64,
    /// Up to here what must be too slow is run.
    sure_ms: u64,
    source: &'static str,
    /// Of what bounds the limit from below.
    slowest_ms: u64,
    /// Violation of the format's rule.
    problem: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Counts {
    ok: usize,
    unexpected: usize,
    unavailable: usize,
    failed: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SubmissionBody<'a> {
    path: &'a str,
    language: &'a str,
    status: &'static str,
    ok: bool,
    expected: String,
    /// The verdict; null if it was not judged.
    got: Option<&'static str>,
    passed: Option<u32>,
    total: Option<u32>,
    score: Option<f64>,
    max_score: Option<f64>,
    slowest_cpu_ms: Option<u64>,
    most_memory_bytes: Option<u64>,
    /// Why it is not ok, a sentence each; the first says all in short.
    problems: Vec<String>,
    remark: Option<&'a str>,
    compile_output: Option<String>,
    test_results: Vec<TestBody<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TestBody<'a> {
    name: &'a str,
    verdict: &'static str,
    cpu_ms: u64,
    wall_ms: u64,
    memory_bytes: u64,
    /// Its message: for the submitter, else for the judges.
    message: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct InputsBody<'a> {
    checked: usize,
    validators: &'a [String],
    not_run: Vec<NotRunBody<'a>>,
    /// Validators that are wrong themselves.
    broken: Vec<NotRunBody<'a>>,
    out_of_time: &'a [String],
    too_large: &'a [String],
    rejected: Vec<RejectedBody<'a>>,
}

#[derive(Serialize)]
struct NotRunBody<'a> {
    validator: &'a str,
    reason: &'a str,
}

#[derive(Serialize)]
struct RejectedBody<'a> {
    test: &'a str,
    validator: &'a str,
    reason: &'a str,
}

/// All reports as one object.
pub(super) fn text(
    reports: &[PackageReport],
    policy: UnavailablePolicy,
) -> Result<String, serde_json::Error> {
    let packages = reports.iter().map(|report| package_json(report, policy)).collect::<Vec<_>>();
    let interrupted = reports.iter().any(PackageReport::is_stopped);
    let all =
        VerificationJson { ok: !interrupted && packages.iter().all(|one| one.ok), interrupted, packages };
    serde_json::to_string_pretty(&all)
}

fn package_json(report: &PackageReport, policy: UnavailablePolicy) -> PackageJson<'_> {
    PackageJson {
        package: &report.path,
        ok: report.conclusion(policy) == Conclusion::Ok,
        error: report.outcome.as_ref().err().map(String::as_str),
        verification: report.outcome.as_ref().ok().map(details),
    }
}

fn details(verification: &Verification) -> Details<'_> {
    let results = &verification.results;
    let tally = StatusCounts::of(&results.submissions);
    Details {
        name: &verification.name,
        format: verification.format.name(),
        tests: verification.tests,
        warnings: verification
            .warnings
            .iter()
            .map(|one| WarningBody { place: &one.place, message: &one.message })
            .collect(),
        notes: &verification.notes,
        problems: &verification.flaws,
        time_limit: TimeLimitBody {
            limit_ms: millis(results.limit.limit),
            sure_ms: millis(results.limit.certain_limit),
            source: match verification.limit_origin {
                LimitOrigin::Option => "option",
                LimitOrigin::Package => "package",
                LimitOrigin::Measured => "measured",
            },
            slowest_ms: millis(results.slowest),
            problem: results.margin_violation.as_ref().map(ToString::to_string),
        },
        counts: Counts {
            ok: tally.ok,
            unexpected: tally.unexpected,
            unavailable: tally.unavailable,
            failed: tally.failed,
        },
        submissions: results.submissions.iter().map(submission).collect(),
        inputs: verification.inputs.as_ref().map(inputs),
    }
}

fn submission(found: &SubmissionReport) -> SubmissionBody<'_> {
    let status = SubmissionStatus::of(found);
    let mut body = SubmissionBody {
        path: &found.name,
        language: &found.language,
        status: match status {
            SubmissionStatus::Ok => "ok",
            SubmissionStatus::Unexpected => "unexpected",
            SubmissionStatus::Unavailable => "unavailable",
            SubmissionStatus::Failed => "failed",
        },
        ok: status == SubmissionStatus::Ok,
        expected: summarize_expectations(&found.rules),
        got: None,
        passed: None,
        total: None,
        score: None,
        max_score: None,
        slowest_cpu_ms: None,
        most_memory_bytes: None,
        problems: Vec::new(),
        remark: None,
        compile_output: None,
        test_results: Vec::new(),
    };
    match &found.outcome {
        SubmissionOutcome::Unavailable(why) | SubmissionOutcome::Failed(why) => {
            body.problems.push(why.clone());
        }
        SubmissionOutcome::Judged(judged) => {
            let grading = &judged.graded.grading;
            if !judged.unmet.is_empty() {
                body.problems.push(headline(found, judged));
                body.problems.extend(judged.unmet.iter().cloned());
                body.problems.extend(grading.faults.iter().cloned());
            }
            body.got = Some(grading.verdict.as_str());
            (body.passed, body.total) = (Some(grading.passed), Some(grading.total));
            (body.score, body.max_score) = (judged.result.score, judged.result.max_score);
            body.slowest_cpu_ms = slowest(grading).map(millis);
            body.most_memory_bytes =
                grading.tests.iter().filter_map(|test| test.usage).map(|usage| usage.memory.get()).max();
            body.remark = judged.remark.as_deref();
            body.compile_output = judged
                .graded
                .compile
                .as_ref()
                .filter(|compile| !compile.is_success())
                .map(|compile| String::from_utf8_lossy(compile.transcript.all_output()).into_owned());
            body.test_results = grading.tests.iter().filter_map(test).collect();
        }
    }
    body
}

/// One that was run.
fn test(test: &model::TestResult) -> Option<TestBody<'_>> {
    let (verdict, usage) = (test.verdict?, test.usage.unwrap_or_default());
    Some(TestBody {
        name: &test.name,
        verdict: verdict.as_str(),
        cpu_ms: millis(usage.cpu),
        wall_ms: millis(usage.wall),
        memory_bytes: usage.memory.get(),
        message: test.details.message.as_deref().or(test.details.judge_message.as_deref()),
    })
}

fn inputs(inputs: &InputReport) -> InputsBody<'_> {
    InputsBody {
        checked: inputs.checked,
        validators: &inputs.ran,
        not_run: not_run(&inputs.not_run),
        broken: not_run(&inputs.broken),
        out_of_time: &inputs.out_of_time,
        too_large: &inputs.too_large,
        rejected: inputs
            .rejected
            .iter()
            .map(|one| RejectedBody { test: &one.test, validator: &one.validator, reason: &one.why })
            .collect(),
    }
}

fn not_run(validators: &[(String, String)]) -> Vec<NotRunBody<'_>> {
    validators.iter().map(|(validator, reason)| NotRunBody { validator, reason }).collect()
}

fn millis(time: std::time::Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
