//! Shared core of the engine on Redis: connection, keys, clock, and operations that several modules need.

use std::time::Duration;

use model::{Event, JobEvent, JobId};
use redis::{Client, Script};

use super::{
    connection::{Call, CommandConnection, Retry},
    script,
};
use crate::{
    clock::Clock,
    contract::{AbandonOutcome, AbandonReason, Attempt, BrokerError},
    event_log::IDLE_TTL,
    retry::RetryDecision,
    settings::{EventSettings, RedisSettings},
};

/// An entry of a Redis stream: its id and its fields.
pub(super) type StreamEntry = (String, Vec<(String, Vec<u8>)>);

/// State that every module needs.
pub(super) struct Core {
    pub(super) client: Client,
    pub(super) connection: CommandConnection,
    pub(super) root: String,
    pub(super) settings: RedisSettings,
    /// Unique name of this process.
    pub(super) process: String,
    /// Clock for intervals that are measured in this process and not in Redis.
    pub(super) local_clock: Clock,
}

impl Core {
    pub(super) fn key(&self, name: &str) -> String {
        format!("{}{name}", self.root)
    }

    /// The pub/sub channel of a job's events.
    pub(super) fn events_of(&self, job: JobId) -> String {
        self.key(&format!(":of:{job}"))
    }

    /// A call of a script, with the current time.
    pub(super) fn call(&self, script: &'static Script) -> Call {
        let now = self.settings.clock.as_ref().map(|clock| clock.now().as_millis().to_string());
        Call::script(script, &self.root).arg(now.unwrap_or_default())
    }

    pub(super) fn lease_ms(&self) -> u64 {
        millis(self.settings.lease_time)
    }

    /// Adds an attempt to the arguments.
    pub(super) fn attempt(call: Call, attempt: &Attempt) -> Call {
        call.arg(attempt.job.to_string()).arg(attempt.number).arg(attempt.worker.as_str())
    }

    pub(super) async fn abandon(
        &self,
        attempt: &Attempt,
        reason: &AbandonReason,
    ) -> Result<AbandonOutcome, BrokerError> {
        match reason {
            AbandonReason::Drained => self.abandon_as(attempt, "drained").await,
            AbandonReason::Fault(_) => self.abandon_as(attempt, "fault").await,
        }
    }

    pub(super) async fn abandon_as(
        &self,
        attempt: &Attempt,
        reason: &str,
    ) -> Result<AbandonOutcome, BrokerError> {
        let mut call = Core::attempt(self.call(&script::ABANDON), attempt).arg(reason);
        // The script knows the number of failures; the delays are computed here.
        for failures in 1..self.settings.retry.max_attempts {
            if let RetryDecision::RetryAfter(delay) = self.settings.retry.after(attempt.job, failures) {
                call = call.arg(millis(delay));
            }
        }
        let answer: String = self.connection.request(&call, Retry::Never, "abandon an attempt").await?;
        Ok(match answer.as_str() {
            "requeued" => AbandonOutcome::Requeued,
            "dead" => AbandonOutcome::Dead,
            _ => AbandonOutcome::Lost,
        })
    }

    pub(super) async fn publish(&self, job: JobId, event: &Event) -> Result<(), BrokerError> {
        const STEP: &str = "publish an event";
        let sort = match event.event {
            JobEvent::Output { .. } | JobEvent::Draw { .. } | JobEvent::Image(_) => "output",
            JobEvent::Finished => "finished",
            JobEvent::Queued { .. } | JobEvent::Started { .. } | JobEvent::Test { .. } => "other",
        };
        let EventSettings { keep_finished, max_per_job, max_total } = self.settings.events;
        let call = self
            .call(&script::PUBLISH)
            .arg(job.to_string())
            .arg(event.seq.0)
            .arg(sort)
            .arg(serde_json::to_vec(&event.event).map_err(encode_error(STEP))?)
            .arg(max_per_job.0)
            .arg(max_total.0)
            .arg(millis(IDLE_TTL))
            // Normally `expire_leases` deletes them earlier; this applies if it is not called.
            .arg(millis(keep_finished + IDLE_TTL));
        self.connection.request(&call, Retry::Idempotent, STEP).await
    }
}

/// Converts an encoding error.
pub(super) fn encode_error(step: &'static str) -> impl FnOnce(serde_json::Error) -> BrokerError {
    move |source| BrokerError::Storage { step, source: Box::new(source) }
}

pub(super) fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
