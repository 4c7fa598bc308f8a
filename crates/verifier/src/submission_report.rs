//! Submission report: a candidate with the outcome of its runs, and remarks on a result that is only narrowly as expected.

use model::wording::seconds;
use package::{Expectation, SubmissionResult, TimeLimit, schedule::RunTimes};

use crate::{
    candidate::Candidate,
    judging_result::{SubmissionOutcome, SubmissionReport},
    runnable_program::NotRunnable,
};

/// Reports on a candidate, with the times of its first run and the outcome of its last; without, if there was none.
pub(crate) fn submission_report(
    candidate: Candidate,
    outcome: Option<(RunTimes, SubmissionOutcome)>,
    limit: &TimeLimit,
) -> SubmissionReport {
    let outcome = match (candidate.runnable, outcome) {
        (Ok(runnable), Some((_, SubmissionOutcome::Judged(judged))))
            if !judged.unmet.is_empty() && runnable.is_python_2() =>
        {
            SubmissionOutcome::Unavailable(
                "it asks for Python 2, and is not as expected in Python 3, which is here".to_owned(),
            )
        }
        (Ok(_), Some((times, SubmissionOutcome::Judged(mut judged)))) => {
            judged.remark = remark(&times, limit).or_else(|| open_score(&candidate.rules, &judged.result));
            SubmissionOutcome::Judged(judged)
        }
        (Ok(_), Some((_, outcome))) => outcome,
        (Ok(_), None) => SubmissionOutcome::Failed("it was not judged before Ctrl-C".to_owned()),
        (Err(NotRunnable::Unavailable(reason)), _) => SubmissionOutcome::Unavailable(reason),
        (Err(error @ NotRunnable::NoLanguage), _) => SubmissionOutcome::Unavailable(error.to_string()),
        (Err(NotRunnable::Tree(error)), _) => SubmissionOutcome::Failed(error.to_string()),
    };
    SubmissionReport { name: candidate.name, language: candidate.language, rules: candidate.rules, outcome }
}

/// One that must be too slow, and is, but by less than the margin.
fn remark(times: &RunTimes, limit: &TimeLimit) -> Option<String> {
    let (limited, sure) = (seconds(limit.limit), seconds(limit.certain_limit));
    (times.cpu_limit == limit.certain_limit && times.is_between(limit)).then(|| {
        format!("a test took longer than the limit of {limited} and ended within {sure}: on a faster machine it may not be too slow")
    })
}

/// One that is accepted without all points, where the best score may be out of reach.
fn open_score(rules: &[Expectation], result: &SubmissionResult) -> Option<String> {
    let (score, most) = result.score.zip(result.max_score)?;
    let is_open = result.full_score.is_none() && score < most && rules.iter().any(Expectation::is_accepted);
    is_open.then(|| format!("it is accepted with {score} of {most} points: if it is not meant to have all, partially_accepted says so"))
}
