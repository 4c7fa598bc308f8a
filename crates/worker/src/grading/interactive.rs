//! Interactive tests: a submission and a validator that talk to each other.

use std::time::Duration;

use judge::{
    interaction::{FirstToExit, InteractionFacts, InteractionResult, OutputDelivery, judge_interaction},
    validator::{EXIT_ACCEPTED, ValidatorResult},
    verdict::TestRun,
};
use model::{Ending, Outcome, TestCase, TestDetails, Usage};
use sandbox::{LiveIo, OnReaderGone, Probe, RunEnd, Stdin, end_when_deadlocked};
use tokio::{sync::oneshot, time::timeout};
use tokio_util::sync::CancellationToken;

use super::{
    data::TestBytes,
    error::GradeError,
    judged_test::JudgedTest,
    submission_runner::{SubmissionRunner, TestSetup, ignore_truncation},
    validated::judged_by_validator,
    validator_runner::{ValidatorPasses, ValidatorReport, ValidatorRunner},
};

pub(crate) async fn judge_interactively(
    submission_runner: &mut SubmissionRunner<'_>,
    validator_runner: &mut ValidatorRunner<'_>,
    mut setup: TestSetup<'_>,
    test: &TestCase,
) -> Result<JudgedTest, GradeError> {
    let mut passes = validator_runner.begin_test(test);
    let mut used = Usage::default();
    loop {
        let ConversationResult { facts, outcome, report } =
            converse_with_rerun(submission_runner, validator_runner, &setup, &mut passes).await?;
        // The most that any pass used, as the limits are for each pass.
        used = used.max(outcome.usage);
        let outcome = Outcome { usage: used, ..outcome };
        let shown = setup.files.shown(&outcome)?;
        match judge_interaction(facts, &outcome, submission_runner.limits(), report.result.clone()) {
            InteractionResult::SubmissionFailed(verdict) => {
                let mut tested = JudgedTest::failed(verdict, &outcome, shown, submission_runner.limits());
                // A program that is graded ends for its silence only if it waits for a validator that waits for it.
                if outcome.ending == Ending::IdleLimit {
                    tested.record.shown = explain_deadlock(tested.record.shown);
                }
                return Ok(tested);
            }
            InteractionResult::Validator(ValidatorResult::NextPass(input)) => {
                setup.files.input = TestBytes::Bytes(input.into());
            }
            InteractionResult::Validator(said) => {
                return Ok(judged_by_validator(&said, &report, used, shown));
            }
        }
    }
}

fn explain_deadlock(shown: TestDetails) -> TestDetails {
    let message = "The program was stopped: it waits for input from the validator, and the validator waits for output from it. \
                   Perhaps its output is not flushed, or it reads once too often.";
    TestDetails { message: Some(message.to_owned()), explanation: Some(message.to_owned()), ..shown }
}

/// The end of an interaction.
struct ConversationResult {
    facts: InteractionFacts,
    outcome: Outcome,
    report: ValidatorReport,
}

/// Runs an interaction; a second time, with nothing beside it, if a limit ended it only narrowly.
async fn converse_with_rerun(
    submission_runner: &mut SubmissionRunner<'_>,
    validator_runner: &mut ValidatorRunner<'_>,
    setup: &TestSetup<'_>,
    passes: &mut ValidatorPasses<'_>,
) -> Result<ConversationResult, GradeError> {
    let before = passes.clone();
    let converse = converse(submission_runner, validator_runner, setup, passes, TestRun::First).await?;
    let verdict = judge_interaction(
        converse.facts,
        &converse.outcome,
        submission_runner.limits(),
        converse.report.result.clone(),
    )
    .verdict();
    if !submission_runner.should_rerun(TestRun::First, verdict, &converse.outcome).await? {
        return Ok(converse);
    }
    *passes = before;
    self::converse(submission_runner, validator_runner, setup, passes, TestRun::Rerun).await
}

async fn converse(
    submission_runner: &mut SubmissionRunner<'_>,
    validator_runner: &mut ValidatorRunner<'_>,
    setup: &TestSetup<'_>,
    passes: &mut ValidatorPasses<'_>,
    run: TestRun,
) -> Result<ConversationResult, GradeError> {
    validator_runner.reset_with(passes, &setup.files).await?;
    let nothing = || Stdin::Bytes(Vec::new());
    let (program, _permit) = submission_runner.prepare_timed_run(setup, nothing(), run).await?;
    let mut validator_program = validator_runner.program(passes, nothing());
    // It waits for a program that may take all its time.
    validator_program.limits.wall += program.limits.wall;
    // Its output is the input of the submission and is not kept.
    validator_program.limits.output = validator_runner.max_output();
    let ((own, its), exits) = connect();
    let ((own_probe, own), (its_probe, its)) = (own.with_probe(), its.with_probe());
    let deadline = submission_runner.deadline;
    let stop = deadline.stop.child_token();
    let mut out_of_memory = submission_runner.out_of_memory();
    let submission_run = async {
        let sandbox = submission_runner.reset_with(setup)?;
        let mut sink = |stream, piece: &[u8]| out_of_memory.observe(stream, piece);
        let outcome = sandbox.run_live(&program, own, &stop, &mut sink).await?;
        Ok::<_, GradeError>(out_of_memory.reclassify(outcome))
    };
    let exit_order = async { Ok(watch_exits_and_deadlocks(exits, (&own_probe, &its_probe), &stop).await) };
    let (outcome, its, facts) =
        tokio::try_join!(submission_run, validator_runner.converse(&validator_program, its), exit_order)?;
    deadline.check()?;
    let report = validator_runner.interpret(passes, its).await?;
    Ok(ConversationResult { facts, outcome: ignore_truncation(outcome), report })
}

/// The ends of two programs, each saying to the other what it writes, and who tells how they ended.
fn connect() -> ((LiveIo, LiveIo), ExitReceivers) {
    let (to_player, submission_runner) = LiveIo::between_programs();
    let (to_umpire, validator_runner) = LiveIo::between_programs();
    let (player_ends, player_ended) = oneshot::channel();
    let (umpire_ends, umpire_ended) = oneshot::channel();
    let submission_runner =
        submission_runner.forwarding_to(to_umpire, OnReaderGone::BrokenPipe).notifying_end(player_ends);
    // One that congratulates a program that has gone is not to fail for it.
    let validator_runner =
        validator_runner.forwarding_to(to_player, OnReaderGone::Discard).notifying_end(umpire_ends);
    (
        (submission_runner, validator_runner),
        ExitReceivers { submission_runner: player_ended, validator_runner: umpire_ended },
    )
}

struct ExitReceivers {
    submission_runner: oneshot::Receiver<RunEnd>,
    validator_runner: oneshot::Receiver<RunEnd>,
}

/// Waits for both ends, and ends the submission if each waits for the other.
async fn watch_exits_and_deadlocks(
    exits: ExitReceivers,
    (submission_runner, validator_runner): (&Probe, &Probe),
    stop: &CancellationToken,
) -> InteractionFacts {
    let ended = watch_exits(exits, stop);
    tokio::pin!(ended);
    tokio::select! {
        facts = &mut ended => facts,
        () = end_when_deadlocked(submission_runner, validator_runner) => ended.await,
    }
}

/// Time after one exit in which an earlier exit of the other may still be reported.
const EXIT_GRACE: Duration = Duration::from_millis(100);

/// Waits for both ends. A validator that ends first with anything but "right" has decided: the submission is stopped, unless it
/// was ending anyway.
async fn watch_exits(mut exits: ExitReceivers, stop: &CancellationToken) -> InteractionFacts {
    // A run that fails on our side tells nothing, and its error counts.
    let (mut submission_runner, mut validator_runner): (Option<RunEnd>, Option<RunEnd>) = (None, None);
    tokio::select! {
        ended = &mut exits.submission_runner => submission_runner = ended.ok(),
        ended = &mut exits.validator_runner => validator_runner = ended.ok(),
    }
    let other = async {
        match validator_runner {
            None => validator_runner = (&mut exits.validator_runner).await.ok(),
            Some(_) => submission_runner = (&mut exits.submission_runner).await.ok(),
        }
    };
    let _not_before_it = timeout(EXIT_GRACE, other).await;
    if validator_runner
        .is_some_and(|validator_runner| validator_runner.ending != Ending::Exited(EXIT_ACCEPTED))
    {
        stop.cancel();
    }
    let first = match (submission_runner, validator_runner) {
        (Some(submission_runner), Some(validator_runner)) if validator_runner.at > submission_runner.at => {
            FirstToExit::Submission
        }
        (_, Some(_)) => FirstToExit::Validator,
        (_, None) => FirstToExit::Submission,
    };
    if submission_runner.is_none() && validator_runner.is_some() && !exits.submission_runner.is_terminated() {
        // Whether it fails for a broken pipe is known at its end.
        submission_runner = exits.submission_runner.await.ok();
    }
    let broken = submission_runner.is_some_and(|submission_runner| submission_runner.pipe_broken);
    InteractionFacts {
        first_to_exit: first,
        delivery: if broken { OutputDelivery::BrokenPipe } else { OutputDelivery::Complete },
    }
}
