//! Waiting for the end of a job: subscription to its events, with polling of its status as a fallback.
//!
//! A waiting request subscribes first and reads the status then, so that an end in between is not missed. Events are best effort
//! and the record is authoritative, so its status is polled from time to time. The whole record is read once, for the response.

use std::time::Duration;

use broker::EventStream;
use futures_util::StreamExt as _;
use metrics::Gauge;
use model::{Event, JobEvent, JobId, JobRecord, Seq};
use store::Progress;
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep_until};

use crate::{Execution, Refusal, caller, caller::Caller, counts};

/// The progress of a job, or 404 if the caller may not access it.
pub(crate) async fn visible(execution: &Execution, caller: &Caller, id: JobId) -> Result<Progress, Refusal> {
    let progress = progress(execution, id).await?;
    if !caller::may_read(&caller.principal, &progress.principal) {
        return Err(Refusal::no_such_job());
    }
    Ok(progress)
}

/// The progress of a job.
pub(crate) async fn progress(execution: &Execution, id: JobId) -> Result<Progress, Refusal> {
    execution.store.progress(id).await?.ok_or_else(Refusal::no_such_job)
}

/// The current record of a job.
pub(crate) async fn record(execution: &Execution, id: JobId) -> Result<JobRecord, Refusal> {
    execution.store.record(id).await?.ok_or_else(Refusal::no_such_job)
}

/// The record of a job when it is final, or the current one at the timeout or at shutdown.
pub(crate) async fn until_final(
    execution: &Execution,
    id: JobId,
    patience: Duration,
) -> Result<JobRecord, Refusal> {
    if patience.is_zero() {
        return record(execution, id).await;
    }
    let deadline = Instant::now() + patience;
    let _counted = Counted::new("wait");
    let mut events = followed(execution, id).await;
    let every = execution.settings.recheck;
    let mut recheck = interval_at(Instant::now() + every, every);
    recheck.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut has_ended = false;
    loop {
        let is_last_look = Instant::now() >= deadline || execution.leaving.waiters_go();
        if is_last_look || has_ended || is_final(execution, id).await? {
            let record = record(execution, id).await?;
            if is_last_look || record.status.is_final() {
                return Ok(record);
            }
        }
        // Each of these is a reason to read the status again.
        has_ended = loop {
            tokio::select! {
                event = events.next() => match event {
                    Some(event) if event.event == JobEvent::Finished => break true,
                    Some(_) => {}
                    None => events = silence(),
                },
                _ = recheck.tick() => break false,
                () = sleep_until(deadline) => break false,
                () = execution.leaving.waiters_sent_away() => break false,
            }
        };
    }
}

async fn is_final(execution: &Execution, id: JobId) -> Result<bool, Refusal> {
    Ok(progress(execution, id).await?.status.is_final())
}

/// The events of a job, or a stream without events while the queue is unavailable: polling then finds the end.
async fn followed(execution: &Execution, id: JobId) -> EventStream {
    match execution.broker.events(id, None).await {
        Ok(events) => events,
        Err(error) => {
            tracing::warn!(job = %id, %error, "a job's events cannot be followed; its record is looked at");
            counts::engine_failed("queue");
            silence()
        }
    }
}

/// A stream without events that never ends.
pub(crate) fn silence() -> EventStream {
    futures_util::stream::pending().boxed()
}

/// The last sequence number of an attempt: after everything that it has published.
pub(crate) const fn last_seq(attempt: u32) -> Seq {
    Seq(Seq::of(attempt + 1, 0).0 - 1)
}

/// Publishes the end of a job that did not end in an attempt.
pub(crate) async fn announce_end(execution: &Execution, id: JobId, attempt: u32) {
    let event = Event { seq: last_seq(attempt), event: JobEvent::Finished };
    execution.broker.publish(id, event).await;
}

/// Counts a waiting client in the metrics until it is dropped.
pub(crate) struct Counted(Gauge);

impl Counted {
    pub(crate) fn new(how: &'static str) -> Self {
        let gauge = metrics::gauge!("coderunner_waiting_clients", "how" => how);
        gauge.increment(1.0);
        Self(gauge)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.decrement(1.0);
    }
}
