//! Tests that call a function, with values compared by us.

use judge::{
    calls::{CallJudgement, ExpectedReturn},
    grading::{TestRecord, call_details, with_failure},
    suite_run::TestJudgement,
    verdict::{TestRun, run_error},
};
use model::{Call, Outcome, TestCase, TestDetails};
use uuid::Uuid;

use super::{GradeError, Player, TestData, Tested, player::beside};

pub(crate) async fn judge(
    player: &mut Player<'_>,
    test: &TestCase,
    call: &Call,
    expected: ExpectedReturn<'_>,
    data: &dyn TestData,
) -> Result<Tested, GradeError> {
    let beside = beside(test, data).await?;
    let mut run = TestRun::First;
    loop {
        let nonce = Uuid::now_v7().simple().to_string();
        let outcome = player.call(&beside, call, &nonce, run).await?;
        let error = run_error(&outcome, player.limits());
        if player.runs_again(run, error, &outcome).await? {
            run = TestRun::Rerun;
            continue;
        }
        let result = judge::calls::judge(&outcome, player.limits(), &nonce, expected);
        let shown = shown(player, call, &result, expected, &outcome);
        let ran = TestRecord { verdict: result.verdict, usage: outcome.usage, shown };
        return Ok(Tested { judged: TestJudgement::new(result.verdict), ran });
    }
}

fn shown(
    player: &Player<'_>,
    call: &Call,
    result: &CallJudgement,
    expected: ExpectedReturn<'_>,
    outcome: &Outcome,
) -> TestDetails {
    let failed = run_error(outcome, player.limits());
    let shown = call_details(call, result.got.as_ref(), expected.returned, result.message.clone());
    let Some(verdict) = failed else { return shown };
    let failure = with_failure(TestDetails::default(), verdict, outcome, player.limits());
    TestDetails {
        message: result.message.clone().or(failure.message),
        explanation: failure.explanation,
        ..shown
    }
}
