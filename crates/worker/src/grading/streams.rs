//! Tests of standard input and output that are compared here.

use judge::{
    grading::{TestRecord, stream_details},
    suite_run::TestJudgement,
    verdict::{TestRun, run_error},
};
use model::{Comparison, Outcome};

use super::{
    error::GradeError,
    judged_test::JudgedTest,
    output_comparison::OutputComparison,
    submission_runner::{SubmissionRunner, TestSetup},
    test_files::{Excerpts, TestFiles},
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
    files: &TestFiles,
    outcome: &Outcome,
    comparison: OutputComparison,
) -> Result<JudgedTest, GradeError> {
    if let Some(verdict) = run_error(outcome, submission_runner.limits()) {
        return Ok(JudgedTest::failed(verdict, outcome, files.shown(outcome)?, submission_runner.limits()));
    }
    let compared = comparison.finish().await?;
    let verdict = compared.verdict();
    let Excerpts { input, got, expected } = files.excerpts(outcome)?;
    let shown = stream_details(&input, &got, &expected, Some(&compared));
    Ok(JudgedTest {
        judgement: TestJudgement::new(verdict),
        record: TestRecord { verdict, usage: outcome.usage, shown },
    })
}
