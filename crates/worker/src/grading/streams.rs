//! Tests of standard input and output, compared by us.

use judge::{
    compare::ComparisonResult,
    grading::{MAX_EXCERPT, TestRecord, stream_details, with_failure},
    suite_run::TestJudgement,
    verdict::{TestRun, run_error},
};
use model::{Comparison, Outcome, Stream, TestContent, TestDetails, Verdict};

use super::{GradeError, Player, TestData, Tested, answer::Answer, data::Given, player::Setting};

pub(crate) async fn judge(
    player: &mut Player<'_>,
    setting: &Setting<'_>,
    rule: &Comparison,
) -> Result<Tested, GradeError> {
    let mut run = TestRun::First;
    loop {
        let mut answer = Answer::new(*rule, setting.files.expected.clone());
        let outcome = player.run(setting, run, |piece| answer.push(piece)).await?;
        let error = run_error(&outcome, player.limits());
        if player.runs_again(run, error, &outcome).await? {
            run = TestRun::Rerun;
            continue;
        }
        return decide(player, &setting.files, &outcome, answer).await;
    }
}

async fn decide(
    player: &Player<'_>,
    files: &Files,
    outcome: &Outcome,
    answer: Answer,
) -> Result<Tested, GradeError> {
    if let Some(verdict) = run_error(outcome, player.limits()) {
        return Ok(failed(verdict, outcome, files.shown(outcome)?, player));
    }
    let compared = answer.compared().await?;
    let verdict = match &compared {
        ComparisonResult::Equal => Verdict::Accepted,
        ComparisonResult::Different(_) => Verdict::WrongAnswer,
    };
    let Beginnings { input, got, expected } = files.beginnings(outcome)?;
    let shown = stream_details(&input, &got, &expected, Some(&compared));
    Ok(Tested {
        judged: TestJudgement::new(verdict),
        ran: TestRecord { verdict, usage: outcome.usage, shown },
    })
}

/// A run that failed by itself.
pub(crate) fn failed(verdict: Verdict, outcome: &Outcome, shown: TestDetails, player: &Player<'_>) -> Tested {
    let shown = with_failure(shown, verdict, outcome, player.limits());
    Tested { judged: TestJudgement::new(verdict), ran: TestRecord { verdict, usage: outcome.usage, shown } }
}

/// What a test reads and what it should come to.
#[derive(Debug, Clone)]
pub(crate) struct Files {
    pub(crate) input: Given,
    pub(crate) expected: Given,
}

impl Files {
    pub(crate) async fn of(
        input: &TestContent,
        expected: &TestContent,
        source: &dyn TestData,
    ) -> Result<Self, GradeError> {
        Ok(Self { input: Given::of(input, source).await?, expected: Given::of(expected, source).await? })
    }

    /// What people look at of a run that nobody compared.
    pub(crate) fn shown(&self, outcome: &Outcome) -> Result<TestDetails, GradeError> {
        let Beginnings { input, got, expected } = self.beginnings(outcome)?;
        Ok(stream_details(&input, &got, &expected, None))
    }

    fn beginnings(&self, outcome: &Outcome) -> Result<Beginnings, GradeError> {
        // One byte more tells what was cut from what was not.
        let most = MAX_EXCERPT.as_usize() + 1;
        let got = outcome.transcript.of(Stream::Stdout);
        Ok(Beginnings { input: self.input.beginning(most)?, got, expected: self.expected.beginning(most)? })
    }
}

/// As much of each as people look at.
struct Beginnings {
    input: Vec<u8>,
    got: Vec<u8>,
    expected: Vec<u8>,
}
