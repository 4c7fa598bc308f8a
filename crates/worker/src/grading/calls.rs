//! Tests that call a function, with values compared by us.

use judge::{
    calls::{Called, Expected},
    course::Judged,
    decide::{RunOfTest, error_of_run},
    grade::{Ran, shown_call, with_failure},
};
use model::{Call, Outcome, TestCase, TestDetails};
use uuid::Uuid;

use super::{GradeError, Player, TestData, Tested, player::beside};

pub(crate) async fn judge(
    player: &mut Player<'_>,
    test: &TestCase,
    call: &Call,
    expected: Expected<'_>,
    data: &dyn TestData,
) -> Result<Tested, GradeError> {
    let beside = beside(test, data).await?;
    let mut run = RunOfTest::First;
    loop {
        let nonce = Uuid::now_v7().simple().to_string();
        let outcome = player.call(&beside, call, &nonce, run).await?;
        let error = error_of_run(&outcome, player.limits());
        if player.runs_again(run, error, &outcome).await? {
            run = RunOfTest::Again;
            continue;
        }
        let called = judge::calls::judge(&outcome, player.limits(), &nonce, expected);
        let shown = shown(player, call, &called, expected, &outcome);
        let ran = Ran { verdict: called.verdict, usage: outcome.usage, shown };
        return Ok(Tested { judged: Judged::new(called.verdict), ran });
    }
}

fn shown(
    player: &Player<'_>,
    call: &Call,
    called: &Called,
    expected: Expected<'_>,
    outcome: &Outcome,
) -> TestDetails {
    let failed = error_of_run(outcome, player.limits());
    let shown = shown_call(call, called.got.as_ref(), expected.returned, called.wrong.clone());
    let Some(verdict) = failed else { return shown };
    let failure = with_failure(TestDetails::default(), verdict, outcome, player.limits());
    TestDetails {
        message: called.wrong.clone().or(failure.message),
        explanation: failure.explanation,
        ..shown
    }
}
