//! Waiting for the end of a job: subscription to its events, with polling of its status as a fallback.
//!
//! A waiting request subscribes first and reads the status then, so that an end in between is not missed. Events are best effort
//! and the record is authoritative, so its status is polled from time to time. The whole record is read once, for the response.

use std::{pin::pin, time::Duration};

use broker::EventStream;
use futures_util::StreamExt as _;
use metrics::Gauge;
use model::{Event, JobEvent, JobId, JobRecord, Seq};
use store::JobProgress;
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep, sleep_until};

use crate::{
    ApiError, Execution,
    caller::{self, Caller},
    service_metrics,
};

/// The progress of a job, or 404 if the caller may not access it.
pub(crate) async fn authorized_progress(
    execution: &Execution,
    caller: &Caller,
    id: JobId,
) -> Result<JobProgress, ApiError> {
    let progress = progress(execution, id).await?;
    if !caller::can_access(&caller.principal, &progress.principal) {
        return Err(ApiError::job_not_found());
    }
    Ok(progress)
}

/// The progress of a job.
pub(crate) async fn progress(execution: &Execution, id: JobId) -> Result<JobProgress, ApiError> {
    execution.store().progress(id).await?.ok_or_else(ApiError::job_not_found)
}

/// The current record of a job.
pub(crate) async fn record(execution: &Execution, id: JobId) -> Result<JobRecord, ApiError> {
    execution.store().record(id).await?.ok_or_else(ApiError::job_not_found)
}

/// The record of a job when it is final, or the current one at the timeout or at shutdown.
pub(crate) async fn wait_until_final(
    execution: &Execution,
    id: JobId,
    timeout: Duration,
) -> Result<JobRecord, ApiError> {
    if timeout.is_zero() {
        return record(execution, id).await;
    }
    let deadline = Instant::now() + timeout;
    let _counted = WaitingClientGauge::new("wait");
    let mut events = subscribe(execution, id).await;
    let every = execution.settings().recheck_interval;
    let mut recheck = interval_at(Instant::now() + every, every);
    recheck.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut has_ended = false;
    loop {
        let is_last_look = Instant::now() >= deadline || execution.shutdown().are_waits_stopped();
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
                    None => events = no_events(),
                },
                _ = recheck.tick() => break false,
                () = sleep_until(deadline) => break false,
                () = execution.shutdown().waits_stopped() => break false,
            }
        };
    }
}

/// Waits until a job has ended or is deleted.
pub(crate) async fn until_ended(execution: &Execution, id: JobId) {
    let mut events = subscribe(execution, id).await;
    loop {
        match execution.store().progress(id).await {
            Ok(Some(progress)) if !progress.status.is_final() => {}
            Ok(Some(_) | None) => return,
            Err(error) => tracing::warn!(job = %id, %error, "a job's progress cannot be read"),
        }
        let mut recheck = pin!(sleep(execution.settings().recheck_interval));
        loop {
            tokio::select! {
                event = events.next() => match event {
                    Some(event) if event.event == JobEvent::Finished => break,
                    Some(_) => {}
                    None => events = no_events(),
                },
                () = &mut recheck => break,
            }
        }
    }
}

async fn is_final(execution: &Execution, id: JobId) -> Result<bool, ApiError> {
    Ok(progress(execution, id).await?.status.is_final())
}

/// The events of a job, or a stream without events while the queue is unavailable: polling then finds the end.
async fn subscribe(execution: &Execution, id: JobId) -> EventStream {
    match execution.broker().events(id, None).await {
        Ok(events) => events,
        Err(error) => {
            tracing::warn!(job = %id, %error, "a job's events cannot be followed; its record is looked at");
            service_metrics::engine_failed("queue");
            no_events()
        }
    }
}

/// A stream without events that never ends.
pub(crate) fn no_events() -> EventStream {
    futures_util::stream::pending().boxed()
}

/// The last sequence number of an attempt: after everything that it has published.
pub(crate) const fn last_seq(attempt: u32) -> Seq {
    Seq(Seq::of(attempt + 1, 0).0 - 1)
}

/// Publishes the end of a job that did not end in an attempt.
pub(crate) async fn publish_finished(execution: &Execution, id: JobId, attempt: u32) {
    let event = Event { seq: last_seq(attempt), event: JobEvent::Finished };
    execution.broker().publish(id, event).await;
}

/// Counts a waiting client in the metrics until it is dropped.
pub(crate) struct WaitingClientGauge(Gauge);

impl WaitingClientGauge {
    pub(crate) fn new(method: &'static str) -> Self {
        let gauge = metrics::gauge!("coderunner_waiting_clients", "how" => method);
        gauge.increment(1.0);
        Self(gauge)
    }
}

impl Drop for WaitingClientGauge {
    fn drop(&mut self) {
        self.0.decrement(1.0);
    }
}
