//! Tests of standard input and output that are compared here.

use judge::{
    grading::{MAX_EXCERPT, TestRecord, stream_details, with_failure},
    suite_run::TestJudgement,
    verdict::{TestRun, run_error},
};
use model::{Comparison, Outcome, Stream, TestContent, TestDetails, Verdict};

use super::{
    GradeError, JudgedTest, SubmissionRunner, TestData, data::TestBytes, output_comparison::OutputComparison,
    submission_runner::TestSetup,
};

pub(crate) async fn compare_streams(
    submission_runner: &mut SubmissionRunner<'_>,
    setup: &TestSetup<'_>,
    rule: &Comparison,
) -> Result<JudgedTest, GradeError> {
    let mut run = TestRun::First;
    loop {
        let mut comparison = OutputComparison::new(*rule, setup.files.expected.clone());
        let outcome = submission_runner.run(setup, run, |piece| comparison.push(piece)).await?;
        let error = run_error(&outcome, submission_runner.limits());
        if submission_runner.should_rerun(run, error, &outcome).await? {
            run = TestRun::Rerun;
            continue;
        }
        return decide(submission_runner, &setup.files, &outcome, comparison).await;
    }
}

async fn decide(
    submission_runner: &SubmissionRunner<'_>,
    files: &Files,
    outcome: &Outcome,
    comparison: OutputComparison,
) -> Result<JudgedTest, GradeError> {
    if let Some(verdict) = run_error(outcome, submission_runner.limits()) {
        return Ok(failed(verdict, outcome, files.shown(outcome)?, submission_runner));
    }
    let compared = comparison.finish().await?;
    let verdict = compared.verdict();
    let Excerpts { input, got, expected } = files.excerpts(outcome)?;
    let shown = stream_details(&input, &got, &expected, Some(&compared));
    Ok(JudgedTest {
        judged: TestJudgement::new(verdict),
        ran: TestRecord { verdict, usage: outcome.usage, shown },
    })
}

/// A run that failed by itself.
pub(crate) fn failed(
    verdict: Verdict,
    outcome: &Outcome,
    shown: TestDetails,
    submission_runner: &SubmissionRunner<'_>,
) -> JudgedTest {
    let shown = with_failure(shown, verdict, outcome, submission_runner.limits());
    JudgedTest {
        judged: TestJudgement::new(verdict),
        ran: TestRecord { verdict, usage: outcome.usage, shown },
    }
}

/// Input of a test and its answer.
#[derive(Debug, Clone)]
pub(crate) struct Files {
    pub(crate) input: TestBytes,
    pub(crate) expected: TestBytes,
}

impl Files {
    pub(crate) async fn of(
        input: &TestContent,
        expected: &TestContent,
        source: &dyn TestData,
    ) -> Result<Self, GradeError> {
        Ok(Self {
            input: TestBytes::of(input, source).await?,
            expected: TestBytes::of(expected, source).await?,
        })
    }

    /// Details of a run that was not compared.
    pub(crate) fn shown(&self, outcome: &Outcome) -> Result<TestDetails, GradeError> {
        let Excerpts { input, got, expected } = self.excerpts(outcome)?;
        Ok(stream_details(&input, &got, &expected, None))
    }

    fn excerpts(&self, outcome: &Outcome) -> Result<Excerpts, GradeError> {
        // One byte more tells what was cut from what was not.
        let most = MAX_EXCERPT.as_usize() + 1;
        let got = outcome.transcript.of(Stream::Stdout);
        Ok(Excerpts { input: self.input.prefix(most)?, got, expected: self.expected.prefix(most)? })
    }
}

/// As much of each as people look at.
struct Excerpts {
    input: Vec<u8>,
    got: Vec<u8>,
    expected: Vec<u8>,
}
