//! Score arithmetic: points of a test, of a group, and their maxima.

use model::{GroupMember, JudgingStyle, ScoreRule, Scoring, Suite, TestGroup, TestScore, ValidatorScores};

use super::judgement::TestJudgement;
use crate::validator::FeedbackScore;

/// Relative tolerance for sums of doubles, whose result depends on the order of addition.
const ROUNDING: f64 = 1e-9;

/// Points as text for a message; very large numbers in scientific notation.
pub(crate) fn format_points(points: f64) -> String {
    if points.abs() < 1e15 { points.to_string() } else { format!("{points:e}") }
}

/// Whether a score is at least `max`, up to rounding.
pub(super) fn reaches(score: f64, max: f64) -> bool {
    score >= max - ROUNDING * max.abs().max(1.0)
}

/// Whether a score is greater than `max` by more than rounding.
pub(super) fn exceeds(score: f64, max: f64) -> bool {
    score > max + ROUNDING * max.abs().max(1.0)
}

/// The points of a test directly in `group`. An error is a fault of the problem: the score is impossible.
pub(super) fn test_score(group: &TestGroup, judgement: TestJudgement) -> Result<f64, String> {
    let accepted = judgement.verdict.is_accepted();
    match (group.rules.test_score, judgement.score) {
        (TestScore::Fixed { reject, .. }, _) if !accepted => Ok(reject),
        (TestScore::Share, _) if !accepted => Ok(0.0),
        (TestScore::Fixed { accept, .. }, FeedbackScore::None) => Ok(accept),
        (TestScore::Fixed { accept, .. }, FeedbackScore::Multiplier(share)) => Ok(accept * share),
        (TestScore::Fixed { .. }, FeedbackScore::Points(points)) => Ok(points),
        (TestScore::Share, score) => share_of_max(group, score),
    }
}

fn share_of_max(group: &TestGroup, score: FeedbackScore) -> Result<f64, String> {
    if group.rules.score == ScoreRule::PassFail {
        return match score {
            // A pass-fail group's score does not depend on the scores of its tests.
            FeedbackScore::None => Ok(0.0),
            FeedbackScore::Points(_) | FeedbackScore::Multiplier(_) => {
                Err("its group is scored pass-fail".to_owned())
            }
        };
    }
    match (max_test_score(group), score) {
        (_, FeedbackScore::Points(points)) if points < 0.0 => Err(format!("{points} is negative")),
        (Some(max), FeedbackScore::Points(points)) if exceeds(points, max) => {
            Err(format!("{points} is more than {max}, the max it can get"))
        }
        (_, FeedbackScore::Points(points)) => Ok(points),
        (Some(max), FeedbackScore::Multiplier(share)) => Ok(max * share),
        (Some(max), FeedbackScore::None) => Ok(max),
        (None, FeedbackScore::Multiplier(_)) => Err("a share needs a max_score to be a share of".to_owned()),
        (None, FeedbackScore::None) => Err("without max_score the validator must write score.txt".to_owned()),
    }
}

/// The maximum score of a test directly in a 2025-09 group; `None` if unbounded.
fn max_test_score(group: &TestGroup) -> Option<f64> {
    let max = group.rules.max_score?;
    Some(match group.rules.score {
        ScoreRule::Sum => max / count(group.direct_tests().count()),
        ScoreRule::Avg | ScoreRule::Min | ScoreRule::Max | ScoreRule::PassFail => max,
    })
}

/// Combines the scores of a group's members. The empty list is 0.
pub(super) fn combine(rule: ScoreRule, scores: &[f64]) -> f64 {
    let sum = scores.iter().sum::<f64>();
    match rule {
        _ if scores.is_empty() => 0.0,
        ScoreRule::Sum | ScoreRule::PassFail => sum,
        ScoreRule::Avg => sum / count(scores.len()),
        ScoreRule::Min => scores.iter().copied().fold(f64::INFINITY, f64::min),
        ScoreRule::Max => scores.iter().copied().fold(f64::NEG_INFINITY, f64::max),
    }
}

/// The maximum score of a group: its own declaration, else computed from its members. `None` if unbounded or
/// determined by a validator.
pub(super) fn max_group_score(suite: &Suite, group: &TestGroup) -> Option<f64> {
    let rules = &group.rules;
    if let Some(max) = rules.max_score.or(rules.range.max) {
        return Some(max);
    }
    if has_own_grader(suite, group) {
        return None;
    }
    let skipped = usize::from(rules.ignore_sample);
    let members = group.members.iter().filter(|member| has_tests(member)).skip(skipped);
    let max_scores = members.map(|member| match member {
        GroupMember::Group(inner) => max_group_score(suite, inner),
        GroupMember::Test(_) => max_fixed_score(suite, group),
    });
    Some(combine(rules.score, &max_scores.collect::<Option<Vec<_>>>()?))
}

/// Whether the problem's own grader computes the group's result, which may be any.
fn has_own_grader(suite: &Suite, group: &TestGroup) -> bool {
    let grader = suite.grader.as_ref();
    grader.is_some_and(|grader| grader.groups.iter().any(|(name, _)| *name == group.name))
}

fn max_fixed_score(suite: &Suite, group: &TestGroup) -> Option<f64> {
    let validator_scores = match &suite.style {
        JudgingStyle::Validated(validator) | JudgingStyle::Interactive(validator) => {
            validator.scores != ValidatorScores::Never
        }
        JudgingStyle::Streams(_) | JudgingStyle::Calls(_) => false,
    };
    match group.rules.test_score {
        TestScore::Fixed { accept, reject } if !validator_scores => Some(accept.max(reject)),
        TestScore::Fixed { .. } | TestScore::Share => None,
    }
}

/// Whether a member contains at least one test.
pub(super) fn has_tests(member: &GroupMember) -> bool {
    match member {
        GroupMember::Test(_) => true,
        GroupMember::Group(group) => group.members.iter().any(has_tests),
    }
}

/// Whether the suite is a scoring one.
pub(super) const fn has_points(suite: &Suite) -> bool {
    match suite.scoring {
        Scoring::PassFail => false,
        Scoring::MorePoints | Scoring::FewerPoints => true,
    }
}

fn count(n: usize) -> f64 {
    f64::from(u32::try_from(n).unwrap_or(u32::MAX))
}
