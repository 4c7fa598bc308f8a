//! Result body: the view of a job record that its submitter gets.
//!
//! The only conversion of records to responses. [`judge::redact::for_submitter`] alone decides which parts of a grading are visible;
//! this module converts them to wire types.

use diagnostics::{Language, MAX_NOTICES};
use judge::redact::{self, HiddenOutcome, PublicTest, RedactedGrading, RedactedTest};
use model::{Completion, Grading, JobRecord, Usage, Verdict};
use wire::{GradingBody, HiddenTestBody, PeakUsageBody, PublicTestBody, ResultBody, TestResultBody, millis};

/// The job with its result, as its submitter may see it, with help in this language.
pub(crate) fn result_body(record: &JobRecord, words: Language) -> ResultBody {
    let grading = visible_grading(record);
    let verdict = grading.as_ref().map(|grading| grading.verdict);
    let body = with_help(ResultBody::from(record), record, verdict, words);
    match grading {
        Some(grading) => body.with_grading(grading_body(grading)),
        None => body,
    }
}

/// Adds help with the job's mistake. Only of what its submitter wrote: code of the problem beside it is never looked at.
fn with_help(body: ResultBody, record: &JobRecord, verdict: Option<Verdict>, words: Language) -> ResultBody {
    let Some(report) = record.completion.as_ref().and_then(Completion::report) else { return body };
    let submission = &record.job.submission;
    let help = diagnostics::help_with_report(submission, report, words, MAX_NOTICES);
    let of_verdict = || diagnostics::help_with_verdict(submission, verdict?, words);
    let mistake = help.mistake.or_else(of_verdict);
    body.with_help(mistake.map(Into::into), help.notices.into_iter().map(Into::into).collect())
}

/// The visible part of the job's grading, if it has one.
pub(crate) fn visible_grading(record: &JobRecord) -> Option<RedactedGrading> {
    let grading: &Grading = record.completion.as_ref().and_then(Completion::report)?.grading.as_ref()?;
    Some(redact::for_submitter(grading))
}

fn grading_body(grading: RedactedGrading) -> GradingBody {
    GradingBody {
        verdict: grading.verdict.into(),
        passed: grading.passed,
        total: grading.total,
        pass_rate: grading.pass_rate,
        score: grading.score,
        max_score: grading.max_score,
        peak_usage: grading.peak_usage.map(peak_usage),
        test_results: grading.tests.into_iter().map(test_body).collect(),
    }
}

fn peak_usage(usage: Usage) -> PeakUsageBody {
    PeakUsageBody { cpu_ms: millis(usage.cpu), wall_ms: millis(usage.wall), memory_bytes: usage.memory.get() }
}

fn test_body(test: RedactedTest) -> TestResultBody {
    match test {
        RedactedTest::Hidden(passed) => {
            TestResultBody::Hidden(HiddenTestBody { passed: passed == HiddenOutcome::Passed, hidden: true })
        }
        RedactedTest::Public(test) => TestResultBody::Public(Box::new(public_test_body(*test))),
    }
}

fn public_test_body(test: PublicTest) -> PublicTestBody {
    let PublicTest { name, verdict, score, usage, shown } = test;
    let (input, input_encoding) = wire::encode_text(shown.input.as_bytes());
    let (expected, expected_encoding) = wire::encode_text(shown.expected.as_bytes());
    let (actual, actual_encoding) = wire::encode_text(shown.actual.as_bytes());
    PublicTestBody {
        name,
        input,
        input_encoding,
        expected,
        expected_encoding,
        actual,
        actual_encoding,
        passed: verdict.is_some_and(Verdict::is_accepted),
        verdict: verdict.map(Into::into),
        score,
        cpu_ms: usage.map(|usage| millis(usage.cpu)),
        wall_ms: usage.map(|usage| millis(usage.wall)),
        memory_bytes: usage.map(|usage| usage.memory.get()),
        message: shown.message,
        explanation: shown.explanation,
        diff: shown.diff,
        hint: shown.hint,
        team_message: shown.team_message,
    }
}
