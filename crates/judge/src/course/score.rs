//! Points: of a test, of a group out of its members', and the most there can be.

use model::{GroupMember, JudgingStyle, ScoreRule, Scoring, Suite, TestGroup, TestScore, ValidatorScores};

use super::Judged;
use crate::validator::GivenScore;

/// How much a sum of doubles may be off for the order in which they were added.
const ROUNDING: f64 = 1e-9;

/// Whether a score is at least this much, but for rounding.
pub(super) fn reaches(score: f64, most: f64) -> bool {
    score >= most - ROUNDING * most.abs().max(1.0)
}

/// Whether a score is more than this, by more than rounding.
pub(super) fn exceeds(score: f64, most: f64) -> bool {
    score > most + ROUNDING * most.abs().max(1.0)
}

/// The points of a test right in `group`; a sentence on what is wrong with the problem if they cannot be.
pub(super) fn of_test(group: &TestGroup, judged: Judged) -> Result<f64, String> {
    let accepted = judged.verdict.is_accepted();
    match (group.rules.test_score, judged.given) {
        (TestScore::Fixed { reject, .. }, _) if !accepted => Ok(reject),
        (TestScore::Share, _) if !accepted => Ok(0.0),
        (TestScore::Fixed { accept, .. }, GivenScore::None) => Ok(accept),
        (TestScore::Fixed { accept, .. }, GivenScore::Share(share)) => Ok(accept * share),
        (TestScore::Fixed { .. }, GivenScore::Points(points)) => Ok(points),
        (TestScore::Share, given) => share(group, given),
    }
}

fn share(group: &TestGroup, given: GivenScore) -> Result<f64, String> {
    if group.rules.score == ScoreRule::PassFail {
        return match given {
            // The group's score is not made of its tests'.
            GivenScore::None => Ok(0.0),
            GivenScore::Points(_) | GivenScore::Share(_) => Err("its group is scored pass-fail".to_owned()),
        };
    }
    match (most_of_test(group), given) {
        (_, GivenScore::Points(points)) if points < 0.0 => Err(format!("{points} is negative")),
        (Some(most), GivenScore::Points(points)) if exceeds(points, most) => {
            Err(format!("{points} is more than {most}, the most it can get"))
        }
        (_, GivenScore::Points(points)) => Ok(points),
        (Some(most), GivenScore::Share(share)) => Ok(most * share),
        (Some(most), GivenScore::None) => Ok(most),
        (None, GivenScore::Share(_)) => Err("a share needs a max_score to be a share of".to_owned()),
        (None, GivenScore::None) => Err("without max_score the validator must write score.txt".to_owned()),
    }
}

/// The most that a test right in a 2025-09 group can get; nothing where that is unbounded.
fn most_of_test(group: &TestGroup) -> Option<f64> {
    let most = group.rules.max_score?;
    Some(match group.rules.score {
        ScoreRule::Sum => most / count(group.direct_tests().count()),
        ScoreRule::Avg | ScoreRule::Min | ScoreRule::Max | ScoreRule::PassFail => most,
    })
}

/// Puts the scores of a group's members together. Nothing is 0.
pub(super) fn together(rule: ScoreRule, scores: &[f64]) -> f64 {
    let sum = scores.iter().sum::<f64>();
    match rule {
        _ if scores.is_empty() => 0.0,
        ScoreRule::Sum | ScoreRule::PassFail => sum,
        ScoreRule::Avg => sum / count(scores.len()),
        ScoreRule::Min => scores.iter().copied().fold(f64::INFINITY, f64::min),
        ScoreRule::Max => scores.iter().copied().fold(f64::NEG_INFINITY, f64::max),
    }
}

/// The most that a group can get: what it says itself, else what its members can get. Nothing where that is unbounded
/// or up to a validator.
pub(super) fn most(suite: &Suite, group: &TestGroup) -> Option<f64> {
    let rules = &group.rules;
    if let Some(most) = rules.max_score.or(rules.range.max) {
        return Some(most);
    }
    if has_own_grader(suite, group) {
        return None;
    }
    let ignored = usize::from(rules.ignore_sample);
    let members = group.members.iter().filter(|member| has_tests(member)).skip(ignored);
    let each = members.map(|member| match member {
        GroupMember::Group(inner) => most(suite, inner),
        GroupMember::Test(_) => most_fixed(suite, group),
    });
    Some(together(rules.score, &each.collect::<Option<Vec<_>>>()?))
}

/// Whether a program of the problem's makes its result, which may be any.
fn has_own_grader(suite: &Suite, group: &TestGroup) -> bool {
    let grader = suite.grader.as_ref();
    grader.is_some_and(|grader| grader.groups.iter().any(|(name, _)| *name == group.name))
}

fn most_fixed(suite: &Suite, group: &TestGroup) -> Option<f64> {
    let gives = match &suite.style {
        JudgingStyle::Validated(validator) | JudgingStyle::Interactive(validator) => {
            validator.scores != ValidatorScores::Never
        }
        JudgingStyle::Streams(_) | JudgingStyle::Calls(_) => false,
    };
    match group.rules.test_score {
        TestScore::Fixed { accept, reject } if !gives => Some(accept.max(reject)),
        TestScore::Fixed { .. } | TestScore::Share => None,
    }
}

/// Whether a member counts for anything.
pub(super) fn has_tests(member: &GroupMember) -> bool {
    match member {
        GroupMember::Test(_) => true,
        GroupMember::Group(group) => group.members.iter().any(has_tests),
    }
}

/// Whether scores mean anything in a suite.
pub(super) const fn has_points(suite: &Suite) -> bool {
    match suite.scoring {
        Scoring::PassFail => false,
        Scoring::MorePoints | Scoring::FewerPoints => true,
    }
}

fn count(n: usize) -> f64 {
    f64::from(u32::try_from(n).unwrap_or(u32::MAX))
}
