//! Custom grading: the grader of a problem, which makes the results of groups after all tests have been judged.

use judge::{custom_grader::CustomGrading, grading::TestRecord, suite_run::SuiteResult};
use model::{Ending, Stream, Suite};

use super::{deadline::Deadline, error::GradeError, limits::FeedbackLimits, single_run};
use crate::Runner;

/// The result with the grader's in it; the same where there is no grader.
pub(super) async fn regrade(
    runner: &Runner,
    suite: &Suite,
    (scored, ran): (SuiteResult, &[Option<TestRecord>]),
    within: (&FeedbackLimits, &Deadline<'_>),
) -> Result<SuiteResult, GradeError> {
    let Some(grader) = &suite.grader else { return Ok(scored) };
    let verdicts: Vec<_> = ran.iter().map(|ran| ran.as_ref().map(|ran| ran.verdict)).collect();
    let mut grading = match CustomGrading::new(suite, scored, &verdicts) {
        Ok(grading) => grading,
        Err(scored) => return Ok(scored),
    };
    while let Some(run) = grading.next_run() {
        let (args, input) = (run.args.to_vec(), run.stdin.into_bytes());
        let invocation = single_run::Invocation { args, input, files: Vec::new() };
        match single_run::run_once(runner, &grader.program, invocation, within).await? {
            Ok((outcome, _)) if outcome.ending == Ending::Exited(0) => {
                grading.record_output(Ok(&outcome.transcript.of(Stream::Stdout)));
            }
            Ok((outcome, _)) => {
                grading.record_output(Err(format!(
                    "the grader ended with {:?}: it must end with exit code 0",
                    outcome.ending
                )));
            }
            Err(reason) => grading.record_output(Err(format!("the grader failed: {reason}"))),
        }
    }
    Ok(grading.finish())
}
