//! The problem's own grader, which makes the results of groups when all tests have been judged.

use judge::{course::Scored, custom::Regrade, grade::Ran};
use model::{Ending, Stream, Suite};

use super::{FeedbackLimits, GradeError, Until, program};
use crate::Runner;

/// The result with the grader's in it; the same where there is no grader.
pub(super) async fn regrade(
    runner: &Runner,
    suite: &Suite,
    (scored, ran): (Scored, &[Option<Ran>]),
    within: (&FeedbackLimits, &Until<'_>),
) -> Result<Scored, GradeError> {
    let Some(grader) = &suite.grader else { return Ok(scored) };
    let verdicts: Vec<_> = ran.iter().map(|ran| ran.as_ref().map(|ran| ran.verdict)).collect();
    let mut regrade = match Regrade::new(suite, scored, &verdicts) {
        Ok(regrade) => regrade,
        Err(scored) => return Ok(scored),
    };
    while let Some(question) = regrade.question() {
        let (args, input) = (question.args.to_vec(), question.input.into_bytes());
        let asked = program::Asked { args, input, beside: Vec::new() };
        match program::ask(runner, &grader.program, asked, within).await? {
            Ok((outcome, _)) if outcome.ending == Ending::Exited(0) => {
                regrade.answer(Ok(&outcome.transcript.of(Stream::Stdout)));
            }
            Ok((outcome, _)) => {
                regrade.answer(Err(format!(
                    "the grader ended with {:?}: it must end with exit code 0",
                    outcome.ending
                )));
            }
            Err(reason) => regrade.answer(Err(format!("the grader failed: {reason}"))),
        }
    }
    Ok(regrade.finish())
}
