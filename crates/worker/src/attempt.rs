//! One attempt at one job, from claim to settlement.
//!
//! Order matters: first what the program left behind, which nobody sees without the record; then the record, the event,
//! the settlement. Killed after the record, the next attempt finds it final and only settles.

mod grade;

use std::error::Error;

use broker::{Abandoned, Abandonment, Attempt, Claim, Control};
use model::{Completion, Ending, Fault, Job, JobEvent, Report, Timestamp};
use sandbox::{Live, SandboxError};
use store::{Begun, Completed};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::{
    GradeError, Hold, RunError, artifacts, output::Publisher, session, shelf::ShelfError, worker::Shared,
};

/// What was said to a program is not kept, so another attempt would not get it.
const SESSION_LOST: &str =
    "The session was broken off by a failure on our side, and it cannot be taken up again. Start a new one.";

/// Makes the attempt. Whatever goes wrong is logged, and ends in the ticket being abandoned or its lease running out.
pub(crate) async fn make(shared: Shared, claim: Claim) {
    let attempt = claim.attempt.clone();
    // Stops what runs as the loss of the lease does.
    let lost = shared.given_back.child_token();
    let _renewed = shared.held.hold(attempt.clone(), lost.clone());
    if let Err(trouble) = work(&shared, claim, &lost).await {
        let why = with_causes(&trouble);
        tracing::error!(job = %attempt.job, attempt = attempt.number, why, "an attempt failed on our side");
        if let Err(error) = give_up(&shared, &attempt, why).await {
            tracing::error!(job = %attempt.job, why = with_causes(&error), "and it could not be abandoned: its lease will run out");
        }
    }
}

/// Our side of an attempt failed.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error("the records failed")]
    Store(#[from] store::StoreError),
    #[error("the object store failed")]
    Objects(#[from] store::ObjectsError),
    #[error("the queue failed")]
    Broker(#[from] broker::BrokerError),
    #[error(transparent)]
    Run(#[from] RunError),
    #[error(transparent)]
    Grade(#[from] GradeError),
    #[error(transparent)]
    Shelf(#[from] ShelfError),
    #[error("the record has seen a later attempt")]
    Stale,
    #[error("publishing the output failed")]
    Publishing(#[from] tokio::task::JoinError),
}

async fn work(shared: &Shared, claim: Claim, lost: &CancellationToken) -> Result<(), Trouble> {
    let Attempt { job: id, number, ref worker } = claim.attempt;
    match shared.store.begin_attempt(id, number, worker, Timestamp::now()).await? {
        Begun::Run(job) if job.session.is_some() && job.attempt > 1 => {
            let publisher = Publisher::new(shared.broker.clone(), id, number);
            finish(shared, &claim.attempt, Completion::Failed(Fault::new(SESSION_LOST)), publisher).await
        }
        Begun::Run(job) => run(shared, claim, &job, lost).await,
        Begun::CancelRequested(_) => {
            let publisher = Publisher::new(shared.broker.clone(), id, number);
            finish(shared, &claim.attempt, Completion::Cancelled(None), publisher).await
        }
        // An earlier attempt recorded its result and was killed before it could settle.
        Begun::Ended | Begun::Missing => {
            shared.broker.settle(&claim.attempt).await?;
            Ok(())
        }
        Begun::Stale => Err(Trouble::Stale),
    }
}

async fn run(shared: &Shared, claim: Claim, job: &Job, lost: &CancellationToken) -> Result<(), Trouble> {
    let Claim { ticket, attempt, control } = claim;
    let waited = Timestamp::now().since(ticket.enqueued_at);
    metrics::histogram!("coderunner_queue_wait_seconds", "pool" => ticket.pool.as_str())
        .record(waited.as_secs_f64());
    let mut publisher = Publisher::new(shared.broker.clone(), attempt.job, attempt.number);
    publisher.publish(JobEvent::Started { attempt: attempt.number }).await;
    // A child of the one that a lost lease cancels: either stops the program.
    let stop = lost.child_token();
    let (listener, live) = match job.session {
        Some(session) => {
            let (teller, live) = Live::new(session.terminal, Some(session.idle));
            (tokio::spawn(session::listen(control, teller, shared.beat, stop.clone())), Some(live))
        }
        None => (tokio::spawn(listen(control, stop.clone())), None),
    };
    let hold = Hold { deadline: job.deadline, stop: &stop };
    let done = match &job.judged_by {
        Some(by) => grade::judge(shared, job, by, hold, publisher).await,
        None => execute(shared, job, live, hold, publisher).await,
    };
    listener.abort();
    let Done { completion, files, publisher } = done?;
    if shared.given_back.is_cancelled() && was_stopped(&completion) {
        return give_back(shared, &attempt).await;
    }
    if lost.is_cancelled() && !shared.given_back.is_cancelled() {
        // Somebody else has the job now; whatever we have to say would be refused.
        return Ok(());
    }
    let completion = completion?;
    artifacts::keep(&shared.objects, &attempt, files).await?;
    finish(shared, &attempt, completion, publisher).await
}

/// What an attempt has come to.
struct Done {
    /// What to record.
    completion: Result<Completion, Trouble>,
    /// What the program left behind.
    files: Vec<Vec<u8>>,
    /// For what is still to be told.
    publisher: Publisher,
}

/// Runs a submission, and tells what it writes while it does.
async fn execute(
    shared: &Shared,
    job: &Job,
    live: Option<Live>,
    hold: Hold<'_>,
    publisher: Publisher,
) -> Result<Done, Trouble> {
    let (pieces, incoming) = mpsc::unbounded_channel();
    let publishing = tokio::spawn(publisher.publish_output(incoming));
    let mut sink = |stream, piece: &[u8]| {
        // The receiver only goes away with the whole process.
        let _gone = pieces.send((stream, piece.to_vec()));
    };
    let runner = shared.grader.runner();
    let ran = match live {
        Some(live) => runner.run_live(&job.submission, live, hold, &mut sink).await,
        None => runner.run(&job.submission, hold.deadline, hold.stop, &mut sink).await,
    };
    drop(pieces);
    let publisher = publishing.await?;
    let (report, files) =
        ran.map_or_else(|error| (Err(error), Vec::new()), |ran| (Ok(ran.report), ran.files));
    Ok(Done { completion: completion(report).map_err(Trouble::from), files, publisher })
}

/// What came of a run, for the record. A language that is not here any more is told to the submitter, and so is memory that
/// was here when it was asked for: trying again on the same worker would not help.
fn completion(report: Result<Report, RunError>) -> Result<Completion, RunError> {
    match report {
        Ok(report) if was_cancelled(&report) => Ok(Completion::Cancelled(Some(report))),
        Ok(report) => Ok(Completion::Completed(report)),
        Err(
            error @ (RunError::Unavailable { .. } | RunError::Sandbox(SandboxError::TooMuchMemory { .. })),
        ) => Ok(Completion::Failed(Fault::new(error.to_string()))),
        Err(error) => Err(error),
    }
}

fn was_cancelled(report: &Report) -> bool {
    [&report.compile, &report.run].into_iter().flatten().any(|outcome| outcome.ending == Ending::Cancelled)
}

async fn finish(
    shared: &Shared,
    attempt: &Attempt,
    completion: Completion,
    mut publisher: Publisher,
) -> Result<(), Trouble> {
    let recorded = shared.store.complete(attempt.job, attempt.number, &completion, Timestamp::now()).await?;
    if recorded == Completed::Recorded {
        count(&completion);
        publisher.publish(JobEvent::Finished).await;
        artifacts::drop_earlier(&shared.objects, attempt).await;
    }
    shared.broker.settle(attempt).await?;
    Ok(())
}

fn count(completion: &Completion) {
    metrics::counter!("coderunner_jobs_total", "status" => completion.status().as_str()).increment(1);
    if let Some(grading) = completion.report().and_then(|report| report.grading.as_ref()) {
        metrics::counter!("coderunner_gradings_total", "verdict" => grading.verdict.as_str()).increment(1);
    }
    if let Some(run) = completion.report().and_then(|report| report.run.as_ref()) {
        metrics::histogram!("coderunner_run_cpu_seconds").record(run.usage.cpu.as_secs_f64());
        metrics::histogram!("coderunner_run_wall_seconds").record(run.usage.wall.as_secs_f64());
    }
}

/// Cancels the token when the attempt is told to stop.
async fn listen(mut control: mpsc::Receiver<Control>, stop: CancellationToken) {
    while let Some(message) = control.recv().await {
        match message {
            Control::Cancel => stop.cancel(),
            // A plain run has all its input from the start, no terminal, and needs nobody to hold it.
            Control::Stdin(_)
            | Control::Eof
            | Control::Resize(_)
            | Control::Signal(_)
            | Control::KeepAlive => {}
        }
    }
}

/// Whether it ended for being stopped, as far as can be told.
const fn was_stopped(completion: &Result<Completion, Trouble>) -> bool {
    matches!(completion, Ok(Completion::Cancelled(_)) | Err(_))
}

/// Gives the job back because the worker stops: another one runs it from its beginning.
async fn give_back(shared: &Shared, attempt: &Attempt) -> Result<(), Trouble> {
    if shared.broker.abandon(attempt, Abandonment::Drained).await? == Abandoned::Requeued {
        shared.store.give_back(attempt.job, attempt.number).await?;
    }
    tracing::info!(job = %attempt.job, "a job was given back, for this worker stops");
    Ok(())
}

/// Gives the job back for another attempt, or fails it when there have been enough.
async fn give_up(shared: &Shared, attempt: &Attempt, why: String) -> Result<(), Trouble> {
    match shared.broker.abandon(attempt, Abandonment::Fault(why)).await? {
        Abandoned::Requeued => {
            shared.store.give_back(attempt.job, attempt.number).await?;
        }
        // Whoever reconciles fails the record and tells those who wait.
        Abandoned::Dead | Abandoned::Lost => {}
    }
    Ok(())
}

/// An error and what is behind it, in one line.
fn with_causes(error: &dyn Error) -> String {
    let mut line = error.to_string();
    let mut behind = error.source();
    while let Some(cause) = behind {
        line = format!("{line}: {cause}");
        behind = cause.source();
    }
    line
}
