//! Waiting for a job's end.
//!
//! Whoever waits subscribes first and reads the record then, so that an end between the two is not missed. Events are
//! best effort and the record is the truth: it is read again from time to time.

use std::time::Duration;

use broker::EventStream;
use futures_util::StreamExt as _;
use metrics::Gauge;
use model::{Event, Job, JobEvent, JobId, JobRecord, Seq};
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep_until};

use crate::{Execution, Refusal, caller, caller::Caller, counts};

/// The job's record, if the caller may see it.
pub(crate) async fn readable(
    execution: &Execution,
    caller: &Caller,
    id: JobId,
) -> Result<JobRecord, Refusal> {
    let record = execution.store.record(id).await?.ok_or_else(Refusal::no_such_job)?;
    if !caller::may_read(&caller.principal, &record.job) {
        return Err(Refusal::no_such_job());
    }
    Ok(record)
}

/// The job's record when it is final, or as it is when patience ends or the server closes.
pub(crate) async fn until_final(
    execution: &Execution,
    id: JobId,
    patience: Duration,
) -> Result<JobRecord, Refusal> {
    let deadline = Instant::now() + patience;
    let _counted = Counted::new("wait");
    let mut events = if patience.is_zero() { silence() } else { followed(execution, id).await };
    let every = execution.settings.recheck;
    let mut recheck = interval_at(Instant::now() + every, every);
    recheck.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let record = execution.store.record(id).await?.ok_or_else(Refusal::no_such_job)?;
        if record.status.is_final() || Instant::now() >= deadline || execution.leaving.waiters_go() {
            return Ok(record);
        }
        // One of these makes it worth reading the record again.
        loop {
            tokio::select! {
                event = events.next() => match event {
                    Some(event) if event.event == JobEvent::Finished => break,
                    Some(_) => {}
                    None => events = silence(),
                },
                _ = recheck.tick() => break,
                () = sleep_until(deadline) => break,
                () = execution.leaving.waiters_sent_away() => break,
            }
        }
    }
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
pub(crate) async fn announce_end(execution: &Execution, job: &Job) {
    let event = Event { seq: last_seq(job.attempt), event: JobEvent::Finished };
    execution.broker.publish(job.id, event).await;
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
