//! Judgement of a test: the input of scoring.

use model::Verdict;

use crate::validator::FeedbackScore;

/// The judgement of one test.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TestJudgement {
    /// Verdict on the test.
    pub verdict: Verdict,
    /// Score given by the validator.
    pub score: FeedbackScore,
}

impl TestJudgement {
    /// A verdict without a validator's score.
    pub const fn new(verdict: Verdict) -> Self {
        Self { verdict, score: FeedbackScore::None }
    }
}
