//! A grading in the words of the formats, so that it can be held against what a package expects.

use model::{Grading, Scoring, TestResult, Verdict};
use package::{CaseResult, Judgement, SubmissionResult};

/// What came of a submission, as expectations look at it. Tests that were not run are left out.
pub(crate) fn result(grading: &Grading, scoring: Scoring) -> SubmissionResult {
    // The score of a pass-fail problem is only how many tests passed, and no expectation is about that.
    let has_points = scoring != Scoring::PassFail;
    SubmissionResult {
        cases: grading.tests.iter().filter_map(case).collect(),
        overall: judgement(grading.verdict),
        score: has_points.then_some(grading.score),
        max_score: grading.max_score.filter(|_| has_points),
        group_scores: grading.groups.iter().map(|group| (group.name.clone(), group.score)).collect(),
    }
}

fn case(test: &TestResult) -> Option<CaseResult> {
    Some(CaseResult {
        name: test.name.clone(),
        judgement: judgement(test.verdict?),
        time: test.usage.unwrap_or_default().cpu,
        message: test.shown.judge_message.clone().unwrap_or_default(),
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
