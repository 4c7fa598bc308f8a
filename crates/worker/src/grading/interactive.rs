//! Tests in which a submission and the problem's interactive validator talk to each other.

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
    GradeError, Player, Tested, Umpire,
    data::Given,
    player::{Setting, judged_whole},
    streams::failed,
    umpire::{Judgement, Sitting},
    validated::tested,
};

pub(crate) async fn judge(
    player: &mut Player<'_>,
    umpire: &mut Umpire<'_>,
    mut setting: Setting<'_>,
    test: &TestCase,
) -> Result<Tested, GradeError> {
    let mut sitting = umpire.sit(test);
    let mut used = Usage::default();
    loop {
        let Talk { facts, outcome, judgement } = talk_in_time(player, umpire, &setting, &mut sitting).await?;
        // The most that any pass used, as the limits are for each pass.
        used = used.max(outcome.usage);
        let outcome = Outcome { usage: used, ..outcome };
        let shown = setting.files.shown(&outcome)?;
        match judge_interaction(facts, &outcome, player.limits(), judgement.said.clone()) {
            InteractionResult::SubmissionFailed(verdict) => {
                let mut tested = failed(verdict, &outcome, shown, player);
                // A program that is graded ends for its silence only if it waits for a validator that waits for it.
                if outcome.ending == Ending::IdleLimit {
                    tested.ran.shown = explain_deadlock(tested.ran.shown);
                }
                return Ok(tested);
            }
            InteractionResult::Validator(ValidatorResult::NextPass(input)) => {
                setting.files.input = Given::Bytes(input.into())
            }
            InteractionResult::Validator(said) => return Ok(tested(&said, &judgement, used, shown)),
        }
    }
}

fn explain_deadlock(shown: TestDetails) -> TestDetails {
    let message = "The program was stopped: it waits for input from the validator, and the validator waits for output from it. \
                   Perhaps its output is not flushed, or it reads once too often.";
    TestDetails { message: Some(message.to_owned()), explanation: Some(message.to_owned()), ..shown }
}

/// The end of an interaction.
struct Talk {
    facts: InteractionFacts,
    outcome: Outcome,
    judgement: Judgement,
}

/// Runs an interaction; a second time, with nothing beside it, if a limit ended it only narrowly.
async fn talk_in_time(
    player: &mut Player<'_>,
    umpire: &mut Umpire<'_>,
    setting: &Setting<'_>,
    sitting: &mut Sitting<'_>,
) -> Result<Talk, GradeError> {
    let before = sitting.clone();
    let talk = talk(player, umpire, setting, sitting, TestRun::First).await?;
    let verdict =
        judge_interaction(talk.facts, &talk.outcome, player.limits(), talk.judgement.said.clone()).verdict();
    if !player.runs_again(TestRun::First, verdict, &talk.outcome).await? {
        return Ok(talk);
    }
    *sitting = before;
    self::talk(player, umpire, setting, sitting, TestRun::Rerun).await
}

async fn talk(
    player: &mut Player<'_>,
    umpire: &mut Umpire<'_>,
    setting: &Setting<'_>,
    sitting: &mut Sitting<'_>,
    run: TestRun,
) -> Result<Talk, GradeError> {
    umpire.furnish(sitting, &setting.files).await?;
    let nothing = || Stdin::Bytes(Vec::new());
    let (program, _permit) = player.timed(setting, nothing(), run).await?;
    let mut referee = umpire.program(sitting, nothing());
    // It waits for a program that may take all its time.
    referee.limits.wall += program.limits.wall;
    // What it says is the submission's input, and no output of its own that anybody keeps.
    referee.limits.output = umpire.most_said();
    let ((own, its), ends) = connected();
    let ((own_probe, own), (its_probe, its)) = (own.probed(), its.probed());
    let until = player.until;
    let stop = until.stop.child_token();
    let mut shortage = player.shortage();
    let playing = async {
        let sandbox = player.furnish(setting)?;
        let mut sink = |stream, piece: &[u8]| shortage.hear(stream, piece);
        let outcome = sandbox.run_live(&program, own, &stop, &mut sink).await?;
        Ok::<_, GradeError>(shortage.named(outcome))
    };
    let went = async { Ok(watch_ends_and_deadlocks(ends, (&own_probe, &its_probe), &stop).await) };
    let (outcome, its, facts) = tokio::try_join!(playing, umpire.talk(&referee, its), went)?;
    until.check()?;
    let judgement = umpire.interpret(sitting, its).await?;
    Ok(Talk { facts, outcome: judged_whole(outcome), judgement })
}

/// The ends of two programs, each saying to the other what it writes, and who tells how they ended.
fn connected() -> ((LiveIo, LiveIo), Ends) {
    let (to_player, player) = LiveIo::between_programs();
    let (to_umpire, umpire) = LiveIo::between_programs();
    let (player_ends, player_ended) = oneshot::channel();
    let (umpire_ends, umpire_ended) = oneshot::channel();
    let player = player.forwarding_to(to_umpire, OnReaderGone::BrokenPipe).notifying_end(player_ends);
    // One that congratulates a program that has gone is not to fail for it.
    let umpire = umpire.forwarding_to(to_player, OnReaderGone::Discard).notifying_end(umpire_ends);
    ((player, umpire), Ends { player: player_ended, umpire: umpire_ended })
}

struct Ends {
    player: oneshot::Receiver<RunEnd>,
    umpire: oneshot::Receiver<RunEnd>,
}

/// Waits for both ends, and ends the submission if each waits for the other.
async fn watch_ends_and_deadlocks(
    ends: Ends,
    (player, umpire): (&Probe, &Probe),
    stop: &CancellationToken,
) -> InteractionFacts {
    let ended = watch_ends(ends, stop);
    tokio::pin!(ended);
    tokio::select! {
        facts = &mut ended => facts,
        () = end_when_deadlocked(player, umpire) => ended.await,
    }
}

/// How long after one end the other may be heard of that came before it.
const LATE: Duration = Duration::from_millis(100);

/// Waits for both ends. A validator that ends first with anything but "right" has decided: the submission is stopped, unless it
/// was ending anyway.
async fn watch_ends(mut ends: Ends, stop: &CancellationToken) -> InteractionFacts {
    // A run that fails on our side tells nothing, and its error counts.
    let (mut player, mut umpire): (Option<RunEnd>, Option<RunEnd>) = (None, None);
    tokio::select! {
        ended = &mut ends.player => player = ended.ok(),
        ended = &mut ends.umpire => umpire = ended.ok(),
    }
    let other = async {
        match umpire {
            None => umpire = (&mut ends.umpire).await.ok(),
            Some(_) => player = (&mut ends.player).await.ok(),
        }
    };
    let _not_before_it = timeout(LATE, other).await;
    if umpire.is_some_and(|umpire| umpire.ending != Ending::Exited(EXIT_ACCEPTED)) {
        stop.cancel();
    }
    let first = match (player, umpire) {
        (Some(player), Some(umpire)) if umpire.at > player.at => FirstToExit::Submission,
        (_, Some(_)) => FirstToExit::Validator,
        (_, None) => FirstToExit::Submission,
    };
    if player.is_none() && umpire.is_some() && !ends.player.is_terminated() {
        // Whether it fails for a broken pipe is known at its end.
        player = ends.player.await.ok();
    }
    let broken = player.is_some_and(|player| player.pipe_broken);
    InteractionFacts {
        first_to_exit: first,
        delivery: if broken { OutputDelivery::BrokenPipe } else { OutputDelivery::Complete },
    }
}
