//! Waiting for a job's end.
//!
//! Whoever waits subscribes first and looks at the record then, so that an end between the two is not missed. Events are
//! best effort and the record is the truth: it is looked at again from time to time. That is a look at its status alone,
//! however much code and output it has; it is read as a whole once, for the answer.

use std::time::Duration;

use broker::EventStream;
use futures_util::StreamExt as _;
use metrics::Gauge;
use model::{Event, JobEvent, JobId, JobRecord, Seq};
use store::Progress;
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep_until};

use crate::{Execution, Refusal, caller, caller::Caller, counts};

/// How far the job has come, if the caller may see it.
pub(crate) async fn visible(execution: &Execution, caller: &Caller, id: JobId) -> Result<Progress, Refusal> {
    let progress = progress(execution, id).await?;
    if !caller::may_read(&caller.principal, &progress.principal) {
        return Err(Refusal::no_such_job());
    }
    Ok(progress)
}

/// How far the job has come.
pub(crate) async fn progress(execution: &Execution, id: JobId) -> Result<Progress, Refusal> {
    execution.store.progress(id).await?.ok_or_else(Refusal::no_such_job)
}

/// The job's record as it is now.
pub(crate) async fn record(execution: &Execution, id: JobId) -> Result<JobRecord, Refusal> {
    execution.store.record(id).await?.ok_or_else(Refusal::no_such_job)
}

/// The job's record when it is final, or as it is when patience ends or the server closes.
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
        // One of these makes it worth looking at the record again.
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

/// The job's events, or none while the queue cannot be reached: the end is then found in the record, a little later.
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

/// A stream on which nothing ever happens.
pub(crate) fn silence() -> EventStream {
    futures_util::stream::pending().boxed()
}

/// The last place in the stream of a job whose latest attempt is this one: after whatever that attempt has published.
pub(crate) const fn last_seq(attempt: u32) -> Seq {
    Seq(Seq::of(attempt + 1, 0).0 - 1)
}

/// Tells whoever watches that the job has ended without (or after) its attempts.
pub(crate) async fn announce_end(execution: &Execution, id: JobId, attempt: u32) {
    let event = Event { seq: last_seq(attempt), event: JobEvent::Finished };
    execution.broker.publish(id, event).await;
}

/// A client that waits, in the metrics for as long as it does.
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
