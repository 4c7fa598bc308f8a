//! Attempt at a job: from claim to settlement.
//!
//! Order matters: first what the program left behind, which nobody sees without the record; then the record, the event,
//! the settlement. Killed after the record, the next attempt finds it final and only settles.

mod error;
mod grade;
mod result;

use broker::{AbandonOutcome, AbandonReason, Attempt, Claim, Control};
use model::{
    AttemptEnd, AttemptLog, AttemptTimestamps, Completion, Ending, Fault, Job, JobEvent, PictureLimits,
    Report, Timestamp, wording::error_chain,
};
use sandbox::{LiveIo, PictureSink, SandboxError};
use store::{BeginOutcome, CompleteOutcome};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use self::{error::AttemptError, result::AttemptResult};
use crate::{
    RunControl, RunError, RunResult, artifacts,
    attempt_slots::AttemptSlot,
    counts::{self, ActiveAttempt, AttemptOutcome},
    large_content,
    output::{ProgramOutput, Publisher},
    records::RetryingStore,
    session,
    shared::Shared,
};

/// Input of a session is not stored, so another attempt would not get it.
const SESSION_LOST: &str =
    "The session was broken off by a failure on our side, and it cannot be taken up again. Start a new one.";

/// State of one attempt.
///
/// `run_attempt` begins the attempt in the records, which refuse it if the job has ended or a later attempt exists. It fetches large code,
/// then runs or judges the submission while control messages of the client are forwarded. Artifacts are stored first, then the record is
/// completed, then followers get the event, then the ticket is settled: each step is harmless to repeat, so a worker may be killed
/// between any two of them.
///
/// A failure of ours ends in the ticket being abandoned, for another attempt or, after the last, a failed job. If that fails too, the
/// lease runs out and the broker does the same.
struct AttemptContext<'a> {
    shared: &'a Shared,
    attempt: &'a Attempt,
    /// Cancelled when its lease is lost.
    lost: &'a CancellationToken,
    log: AttemptLog,
}

/// Makes the attempt. Every failure is logged, and the ticket is abandoned or its lease expires.
pub(crate) async fn run_attempt(shared: Shared, claim: Claim, slot: AttemptSlot) {
    let attempt = claim.attempt.clone();
    let _active = ActiveAttempt::attempt();
    // Stops what runs as the loss of the lease does.
    let lost = shared.requeue.child_token();
    let _renewed = shared.leases.hold(attempt.clone(), lost.clone());
    let log = log_of(&claim);
    let mut context = AttemptContext { shared: &shared, attempt: &attempt, lost: &lost, log };
    // On the heap: what an attempt keeps while it waits is large.
    if let Err(error) = Box::pin(work(&mut context, claim, slot)).await {
        error.count();
        let reason = error_chain(&error);
        tracing::error!(job = %attempt.job, attempt = attempt.number, why = reason, "an attempt failed on our side");
        if let Err(error) = retry_or_fail(&mut context, &error, reason).await {
            error.count();
            tracing::error!(job = %attempt.job, why = error_chain(&error), "and it could not be abandoned: its lease will expire");
        }
    }
}

/// Log entry of an attempt that has just been claimed.
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

impl<'a> AttemptContext<'a> {
    const fn records(&self) -> RetryingStore<'a> {
        RetryingStore { store: &self.shared.store, lost: self.lost }
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

async fn work(context: &mut AttemptContext<'_>, claim: Claim, slot: AttemptSlot) -> Result<(), AttemptError> {
    match context.records().begin(context.attempt, Timestamp::now()).await? {
        BeginOutcome::Run(job) if job.session.is_some() && job.attempt > 1 => {
            let publisher = context.publisher();
            finish(context, Completion::Failed(Fault::new(SESSION_LOST)), publisher).await
        }
        BeginOutcome::Run(job) => Box::pin(run(context, claim, *job, slot)).await,
        BeginOutcome::CancelRequested(_) => {
            let publisher = context.publisher();
            finish(context, Completion::Cancelled(None), publisher).await
        }
        // An earlier attempt recorded its result and was killed before it could settle.
        BeginOutcome::Ended | BeginOutcome::Missing => {
            context.shared.broker.settle(context.attempt).await?;
            AttemptOutcome::Settled.count();
            Ok(())
        }
        BeginOutcome::Stale => Err(AttemptError::Stale),
    }
}

async fn run(
    context: &mut AttemptContext<'_>,
    claim: Claim,
    mut job: Job,
    slot: AttemptSlot,
) -> Result<(), AttemptError> {
    let Claim { ticket, control, .. } = claim;
    let AttemptContext { shared, attempt, lost, .. } = *context;
    let waited = Timestamp::now().since(ticket.enqueued_at);
    counts::count_start(ticket.pool, waited, attempt.number);
    let mut publisher = context.publisher();
    publisher.publish(JobEvent::Started { attempt: attempt.number }).await;
    // A child of the one that a lost lease cancels: either stops the program.
    let stop = lost.child_token();
    let (listener, live) = match job.session {
        Some(session) => {
            let (teller, live) = LiveIo::new(session.terminal, Some(session.idle_timeout));
            let live = live.reporting_to(session::free_slot_while_waiting(slot));
            (tokio::spawn(session::listen(control, teller, shared.heartbeat, stop.clone())), Some(live))
        }
        None => (tokio::spawn(listen(control, stop.clone())), None),
    };
    let control = RunControl { deadline: job.deadline, stop: &stop };
    let done = match (large_content::fetch(&shared.objects, &mut job, &stop).await, &job.suite_ref) {
        (Ok(()), Some(by)) => grade::judge_submission(shared, &job, by, control, publisher).await,
        (Ok(()), None) => execute(shared, &job, live, control, publisher).await,
        (Err(error), _) => Ok(AttemptResult::without_running(error, publisher)),
    };
    listener.abort();
    let AttemptResult { completion, files, publisher, timestamps } = done?;
    context.log.timestamps = AttemptTimestamps {
        queued: context.log.timestamps.queued,
        claimed: context.log.timestamps.claimed,
        ..timestamps
    };
    if shared.requeue.is_cancelled() && was_stopped(&completion) {
        return requeue_attempt(context).await;
    }
    if lost.is_cancelled() && !shared.requeue.is_cancelled() {
        // Another worker has the job now; the store would refuse a result of this attempt.
        AttemptOutcome::Lost.count();
        context.log_end(AttemptEnd::Lost, None).await;
        return Ok(());
    }
    let completion = completion?;
    artifacts::store_files(&shared.objects, attempt, files).await?;
    finish(context, completion, publisher).await
}

/// Runs a submission, and tells what it writes while it does.
async fn execute(
    shared: &Shared,
    job: &Job,
    live: Option<LiveIo>,
    control: RunControl<'_>,
    publisher: Publisher,
) -> Result<AttemptResult, AttemptError> {
    let (pieces, incoming) = mpsc::unbounded_channel();
    let publishing = tokio::spawn(publisher.publish_output(incoming));
    let shown = pieces.clone();
    // The receiver only goes away with the whole process.
    let pictures = PictureSink::new(PictureLimits::default(), move |picture| {
        let _gone = shown.send(ProgramOutput::Picture(picture));
    });
    let mut sink = |stream, piece: &[u8]| {
        let _gone = pieces.send(ProgramOutput::Bytes(stream, piece.to_vec()));
    };
    let runner = shared.grader.runner().clone().showing(pictures);
    let ran = match live {
        Some(live) => runner.run_live(&job.submission, live, control, &mut sink).await,
        None => runner.run(&job.submission, control.deadline, control.stop, &mut sink).await,
    };
    drop((pieces, runner));
    let publisher = publishing.await?;
    let (report, files, timestamps) = match ran {
        Ok(RunResult { report, files, timestamps }) => (Ok(report), files, timestamps),
        Err(error) => (Err(error), Vec::new(), AttemptTimestamps::default()),
    };
    Ok(AttemptResult {
        completion: completion(report).map_err(AttemptError::from),
        files,
        publisher,
        timestamps,
    })
}

/// The completion of a run. A language that is not here any more is told to the submitter, and so is memory that
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
    context: &mut AttemptContext<'_>,
    completion: Completion,
    mut publisher: Publisher,
) -> Result<(), AttemptError> {
    let (shared, attempt, now) = (context.shared, context.attempt, Timestamp::now());
    note_end(&mut context.log, &completion, now);
    match context.records().complete(&context.log, &completion, now).await? {
        CompleteOutcome::Recorded => {
            counts::count_end(&completion);
            AttemptOutcome::Recorded.count();
            publisher.publish(JobEvent::Finished).await;
            artifacts::delete_earlier(&shared.objects, attempt).await;
        }
        CompleteOutcome::Stale => {
            AttemptOutcome::Stale.count();
            context.log_end(AttemptEnd::Stale, None).await;
        }
    }
    shared.broker.settle(attempt).await?;
    Ok(())
}

/// Writes the end into the log, with nothing of the code, the input or the output.
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
const fn was_stopped(completion: &Result<Completion, AttemptError>) -> bool {
    matches!(completion, Ok(Completion::Cancelled(_)) | Err(_))
}

/// Gives the job back because the worker stops: another one runs it from its beginning.
async fn requeue_attempt(context: &mut AttemptContext<'_>) -> Result<(), AttemptError> {
    let (shared, attempt) = (context.shared, context.attempt);
    AttemptOutcome::Requeued.count();
    if shared.broker.abandon(attempt, AbandonReason::Drained).await? == AbandonOutcome::Requeued {
        shared.store.requeue(attempt.job, attempt.number).await?;
    }
    tracing::info!(job = %attempt.job, "a job was requeued, because this worker stops");
    context.log_end(AttemptEnd::Requeued, None).await;
    Ok(())
}

/// Gives the job back for another attempt, or fails it when there have been enough.
async fn retry_or_fail(
    context: &mut AttemptContext<'_>,
    error: &AttemptError,
    reason: String,
) -> Result<(), AttemptError> {
    let (shared, attempt) = (context.shared, context.attempt);
    let end = match shared.broker.abandon(attempt, AbandonReason::Fault(reason.clone())).await? {
        AbandonOutcome::Requeued => {
            AttemptOutcome::Retried.count();
            shared.store.requeue(attempt.job, attempt.number).await?;
            AttemptEnd::Requeued
        }
        // The reconciler fails the record and notifies waiting clients.
        AbandonOutcome::Dead => {
            AttemptOutcome::Dead.count();
            AttemptEnd::Failed
        }
        AbandonOutcome::Lost => {
            AttemptOutcome::Lost.count();
            AttemptEnd::Lost
        }
    };
    // One that never began has no log: there is one of whoever did begin it.
    if !matches!(error, AttemptError::Stale) {
        context.log_end(end, Some(reason)).await;
    }
    Ok(())
}
