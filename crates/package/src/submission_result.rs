//! Submission result: a grading in the terms of the package formats, to be compared with expectations.

use crate::{CaseResult, Judgement, SubmissionResult};
use model::{Grading, JudgingStyle, RejectedScore, Scoring, Suite, TestResult, ValidatorScores, Verdict};

impl SubmissionResult {
    /// The result of a grading by this suite. Tests that were not run are left out.
    pub fn of(grading: &Grading, suite: &Suite) -> Self {
        // The score of a pass-fail problem is only how many tests passed, and no expectation is about that.
        let has_points = suite.scoring != Scoring::PassFail;
        let max_score = grading.max_score.filter(|_| has_points);
        Self {
            cases: grading.tests.iter().filter_map(case).collect(),
            overall: judgement(grading.verdict),
            score: has_points.then_some(grading.score),
            max_score,
            full_score: max_score.filter(|_| !has_open_score(suite)),
            group_scores: grading.groups.iter().map(|group| (group.name.clone(), group.score)).collect(),
        }
    }
}

/// Whether the best score there is may be out of reach: in legacy packages whose validator gives the points.
fn has_open_score(suite: &Suite) -> bool {
    match &suite.style {
        JudgingStyle::Validated(validator) | JudgingStyle::Interactive(validator) => {
            validator.scores != ValidatorScores::Never && validator.rejected_score == RejectedScore::Ignored
        }
        JudgingStyle::Streams(_) | JudgingStyle::Calls(_) => false,
    }
}

fn case(test: &TestResult) -> Option<CaseResult> {
    Some(CaseResult {
        name: test.name.clone(),
        judgement: judgement(test.verdict?),
        time: test.usage.unwrap_or_default().cpu,
        message: test.details.judge_message.clone().unwrap_or_default(),
    })
}

/// In the formats a submission with some of the points is accepted.
const fn judgement(verdict: Verdict) -> Judgement {
    match verdict {
        Verdict::Accepted | Verdict::Partial => Judgement::AC,
        Verdict::WrongAnswer => Judgement::WA,
        Verdict::TimeLimit => Judgement::TLE,
        Verdict::MemoryLimit => Judgement::MLE,
        Verdict::OutputLimit => Judgement::OLE,
        Verdict::RuntimeError => Judgement::RTE,
        Verdict::CompileError => Judgement::CE,
        Verdict::JudgeError => Judgement::JE,
    }
}
