//! Judged test: the judgement of a test, with its record.

use judge::{
    grading::{TestRecord, with_failure},
    suite_run::TestJudgement,
};
use model::{Limits, Outcome, TestDetails, Verdict};

/// Judgement of a test, with its record.
pub(super) struct JudgedTest {
    pub(super) judgement: TestJudgement,
    pub(super) record: TestRecord,
}

impl JudgedTest {
    /// A run that failed by itself, under these limits.
    pub(super) fn failed(verdict: Verdict, outcome: &Outcome, shown: TestDetails, limits: &Limits) -> Self {
        let shown = with_failure(shown, verdict, outcome, limits);
        Self {
            judgement: TestJudgement::new(verdict),
            record: TestRecord { verdict, usage: outcome.usage, shown },
        }
    }
}
