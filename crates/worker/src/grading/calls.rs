//! Tests that call a function, with values compared by us.

use judge::{
    calls::{CallJudgement, ExpectedReturn},
    grading::{TestRecord, call_details, with_failure},
    suite_run::TestJudgement,
    verdict::{TestRun, run_error},
};
use model::{Call, Outcome, TestCase, TestDetails};
use uuid::Uuid;

use super::{
    data::TestData,
    error::GradeError,
    judged_test::JudgedTest,
    submission_runner::{SubmissionRunner, test_files},
};

pub(crate) async fn judge_calls(
    submission_runner: &mut SubmissionRunner<'_>,
    test: &TestCase,
    call: &Call,
    expected: ExpectedReturn<'_>,
    data: &dyn TestData,
) -> Result<JudgedTest, GradeError> {
    let beside = test_files(test, data).await?;
    let mut run = TestRun::First;
    loop {
        let nonce = Uuid::now_v7().simple().to_string();
        let outcome = submission_runner.call(&beside, call, &nonce, run).await?;
        let error = run_error(&outcome, submission_runner.limits());
        if submission_runner.should_rerun(run, error, &outcome).await? {
            run = TestRun::Rerun;
            continue;
        }
        let result = judge::calls::judge_call(&outcome, submission_runner.limits(), &nonce, expected);
        let shown = call_test_details(submission_runner, call, &result, expected, &outcome);
        let ran = TestRecord { verdict: result.verdict, usage: outcome.usage, shown };
        return Ok(JudgedTest { judgement: TestJudgement::new(result.verdict), record: ran });
    }
}

fn call_test_details(
    submission_runner: &SubmissionRunner<'_>,
    call: &Call,
    result: &CallJudgement,
    expected: ExpectedReturn<'_>,
    outcome: &Outcome,
) -> TestDetails {
    let failed = run_error(outcome, submission_runner.limits());
    let shown = call_details(call, result.got.as_ref(), expected.returned, result.message.clone());
    let Some(verdict) = failed else { return shown };
    let failure = with_failure(TestDetails::default(), verdict, outcome, submission_runner.limits());
    TestDetails {
        message: result.message.clone().or(failure.message),
        explanation: failure.explanation,
        ..shown
    }
}
