//! One attempt at one job, from claim to settlement.
//!
//! Order matters: first what the program left behind, which nobody sees without the record; then the record, the event,
//! the settlement. Killed after the record, the next attempt finds it final and only settles.

mod grade;

use std::error::Error;

use broker::{AbandonOutcome, AbandonReason, Attempt, Claim, Control};
use model::{
    AttemptEnd, AttemptLog, AttemptTimestamps, Completion, Ending, Fault, Job, JobEvent, Report, Timestamp,
};
use sandbox::{LiveIo, SandboxError};
use store::{BeginOutcome, CompleteOutcome};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::{
    GradeError, Hold, Ran, RunError, artifacts,
    counts::{self, Came, Making},
    large::{self, NotWhole},
    output::Publisher,
    records::Patient,
    session,
    shelf::ShelfError,
    worker::Shared,
};

/// What was said to a program is not kept, so another attempt would not get it.
const SESSION_LOST: &str =
    "The session was broken off by a failure on our side, and it cannot be taken up again. Start a new one.";

/// An attempt under way.
struct UnderWay<'a> {
    shared: &'a Shared,
    attempt: &'a Attempt,
    /// Cancelled when its lease is lost.
    lost: &'a CancellationToken,
    log: AttemptLog,
}

/// Makes the attempt. Whatever goes wrong is logged, and ends in the ticket being abandoned or its lease running out.
pub(crate) async fn make(shared: Shared, claim: Claim) {
    let attempt = claim.attempt.clone();
    let _making = Making::attempt();
    // Stops what runs as the loss of the lease does.
    let lost = shared.given_back.child_token();
    let _renewed = shared.held.hold(attempt.clone(), lost.clone());
    let log = log_of(&claim);
    let mut way = UnderWay { shared: &shared, attempt: &attempt, lost: &lost, log };
    if let Err(trouble) = work(&mut way, claim).await {
        trouble.count();
        let why = with_causes(&trouble);
        tracing::error!(job = %attempt.job, attempt = attempt.number, why, "an attempt failed on our side");
        if let Err(error) = give_up(&mut way, &trouble, why).await {
            error.count();
            tracing::error!(job = %attempt.job, why = with_causes(&error), "and it could not be abandoned: its lease will run out");
        }
    }
}

/// What is known of an attempt when it is claimed.
fn log_of(claim: &Claim) -> AttemptLog {
    let Claim { ticket, attempt, .. } = claim;
    let (queued, claimed) = (Some(ticket.enqueued_at), Some(Timestamp::now()));
    AttemptLog {
        job: attempt.job,
        attempt: attempt.number,
        worker: attempt.worker.clone(),
        pool: ticket.pool,
        language: ticket.language.clone(),
        toolchain: None,
        end: AttemptEnd::Lost,
        error: None,
        timestamps: AttemptTimestamps { queued, claimed, ..AttemptTimestamps::default() },
    }
}

impl<'a> UnderWay<'a> {
    const fn records(&self) -> Patient<'a> {
        Patient { store: &self.shared.store, lost: self.lost }
    }

    fn publisher(&self) -> Publisher {
        Publisher::new(self.shared.broker.clone(), self.attempt.job, self.attempt.number)
    }

    /// Logs that it ended without a result.
    async fn log_end(&mut self, end: AttemptEnd, error: Option<String>) {
        self.log.end = end;
        self.log.error = error;
        self.log.timestamps.recorded = Some(Timestamp::now());
        self.records().log(&self.log).await;
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

impl Trouble {
    /// Counts it, if an engine failed.
    fn count(&self) {
        match self {
            Self::Store(_) => counts::engine_failed("records"),
            Self::Objects(_) => counts::engine_failed("objects"),
            Self::Broker(_) => counts::engine_failed("queue"),
            Self::Run(_) | Self::Grade(_) | Self::Shelf(_) | Self::Stale | Self::Publishing(_) => {}
        }
    }
}

async fn work(way: &mut UnderWay<'_>, claim: Claim) -> Result<(), Trouble> {
    match way.records().begin(way.attempt, Timestamp::now()).await? {
        BeginOutcome::Run(job) if job.session.is_some() && job.attempt > 1 => {
            let publisher = way.publisher();
            finish(way, Completion::Failed(Fault::new(SESSION_LOST)), publisher).await
        }
        BeginOutcome::Run(job) => run(way, claim, *job).await,
        BeginOutcome::CancelRequested(_) => {
            let publisher = way.publisher();
            finish(way, Completion::Cancelled(None), publisher).await
        }
        // An earlier attempt recorded its result and was killed before it could settle.
        BeginOutcome::Ended | BeginOutcome::Missing => {
            way.shared.broker.settle(way.attempt).await?;
            Came::Settled.count();
            Ok(())
        }
        BeginOutcome::Stale => Err(Trouble::Stale),
    }
}

async fn run(way: &mut UnderWay<'_>, claim: Claim, mut job: Job) -> Result<(), Trouble> {
    let Claim { ticket, control, .. } = claim;
    let UnderWay { shared, attempt, lost, .. } = *way;
    let waited = Timestamp::now().since(ticket.enqueued_at);
    counts::begun(ticket.pool, waited, attempt.number);
    let mut publisher = way.publisher();
    publisher.publish(JobEvent::Started { attempt: attempt.number }).await;
    // A child of the one that a lost lease cancels: either stops the program.
    let stop = lost.child_token();
    let (listener, live) = match job.session {
        Some(session) => {
            let (teller, live) = LiveIo::new(session.terminal, Some(session.idle_timeout));
            (tokio::spawn(session::listen(control, teller, shared.beat, stop.clone())), Some(live))
        }
        None => (tokio::spawn(listen(control, stop.clone())), None),
    };
    let hold = Hold { deadline: job.deadline, stop: &stop };
    let done = match (large::fetch(&shared.objects, &mut job, &stop).await, &job.suite_ref) {
        (Ok(()), Some(by)) => grade::judge(shared, &job, by, hold, publisher).await,
        (Ok(()), None) => execute(shared, &job, live, hold, publisher).await,
        (Err(why), _) => Ok(Done::without_running(why, publisher)),
    };
    listener.abort();
    let Done { completion, files, publisher, moments } = done?;
    way.log.timestamps = AttemptTimestamps {
        queued: way.log.timestamps.queued,
        claimed: way.log.timestamps.claimed,
        ..moments
    };
    if shared.given_back.is_cancelled() && was_stopped(&completion) {
        return give_back(way).await;
    }
    if lost.is_cancelled() && !shared.given_back.is_cancelled() {
        // Somebody else has the job now; whatever we have to say would be refused.
        Came::Lost.count();
        way.log_end(AttemptEnd::Lost, None).await;
        return Ok(());
    }
    let completion = completion?;
    artifacts::keep(&shared.objects, attempt, files).await?;
    finish(way, completion, publisher).await
}

/// What an attempt has come to.
struct Done {
    /// What to record.
    completion: Result<Completion, Trouble>,
    /// What the program left behind.
    files: Vec<Vec<u8>>,
    /// For what is still to be told.
    publisher: Publisher,
    /// When it came how far.
    moments: AttemptTimestamps,
}

impl Done {
    /// Of a job whose code could not be had.
    fn without_running(why: NotWhole, publisher: Publisher) -> Self {
        let completion = match why {
            NotWhole::Stopped => Ok(Completion::Cancelled(None)),
            NotWhole::Lost(fault) => Ok(Completion::Failed(fault)),
            NotWhole::Failed(error) => Err(error.into()),
        };
        Self { completion, files: Vec::new(), publisher, moments: AttemptTimestamps::default() }
    }
}

/// Runs a submission, and tells what it writes while it does.
async fn execute(
    shared: &Shared,
    job: &Job,
    live: Option<LiveIo>,
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
    let (report, files, moments) = match ran {
        Ok(Ran { report, files, moments }) => (Ok(report), files, moments),
        Err(error) => (Err(error), Vec::new(), AttemptTimestamps::default()),
    };
    Ok(Done { completion: completion(report).map_err(Trouble::from), files, publisher, moments })
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
    way: &mut UnderWay<'_>,
    completion: Completion,
    mut publisher: Publisher,
) -> Result<(), Trouble> {
    let (shared, attempt, now) = (way.shared, way.attempt, Timestamp::now());
    note_end(&mut way.log, &completion, now);
    match way.records().complete(&way.log, &completion, now).await? {
        CompleteOutcome::Recorded => {
            counts::ended(&completion);
            Came::Recorded.count();
            publisher.publish(JobEvent::Finished).await;
            artifacts::drop_earlier(&shared.objects, attempt).await;
        }
        CompleteOutcome::Stale => {
            Came::Stale.count();
            way.log_end(AttemptEnd::Stale, None).await;
        }
    }
    shared.broker.settle(attempt).await?;
    Ok(())
}

/// What an operator may see of an end: nothing of what the program was, was given, or wrote.
fn note_end(log: &mut AttemptLog, completion: &Completion, now: Timestamp) {
    log.timestamps.recorded = Some(now);
    log.toolchain = completion.report().map(|report| report.toolchain.clone());
    (log.end, log.error) = match completion {
        Completion::Completed(_) => (AttemptEnd::Completed, None),
        Completion::Cancelled(_) => (AttemptEnd::Cancelled, None),
        Completion::Failed(fault) => (AttemptEnd::Failed, Some(fault.message.clone())),
    };
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
async fn give_back(way: &mut UnderWay<'_>) -> Result<(), Trouble> {
    let (shared, attempt) = (way.shared, way.attempt);
    Came::GivenBack.count();
    if shared.broker.abandon(attempt, AbandonReason::Drained).await? == AbandonOutcome::Requeued {
        shared.store.requeue(attempt.job, attempt.number).await?;
    }
    tracing::info!(job = %attempt.job, "a job was given back, for this worker stops");
    way.log_end(AttemptEnd::GivenBack, None).await;
    Ok(())
}

/// Gives the job back for another attempt, or fails it when there have been enough.
async fn give_up(way: &mut UnderWay<'_>, trouble: &Trouble, why: String) -> Result<(), Trouble> {
    let (shared, attempt) = (way.shared, way.attempt);
    let end = match shared.broker.abandon(attempt, AbandonReason::Fault(why.clone())).await? {
        AbandonOutcome::Requeued => {
            Came::Retried.count();
            shared.store.requeue(attempt.job, attempt.number).await?;
            AttemptEnd::GivenBack
        }
        // Whoever reconciles fails the record and tells those who wait.
        AbandonOutcome::Dead => {
            Came::Dead.count();
            AttemptEnd::Failed
        }
        AbandonOutcome::Lost => {
            Came::Lost.count();
            AttemptEnd::Lost
        }
    };
    // One that never began has no log: there is one of whoever did begin it.
    if !matches!(trouble, Trouble::Stale) {
        way.log_end(end, Some(why)).await;
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
