//! Engine on Redis: an index in Redis, changed by Lua scripts, shared by many processes.
//!
//! Each operation of the [`Broker`] is one script, so it is atomic and takes one round trip. All keys have one
//! hash tag, so they are in one slot of a cluster. A lease is an entry in a sorted set by its end, fenced by
//! the attempt's number and worker. The order of claims is computed when a ticket is enqueued, as in the
//! embedded engine. ADR 0027 explains why the engine does not use streams as queues, and the effects of a
//! failing Redis.
//!
//! *Durable* means: as durable as Redis is configured. With an append-only file that is flushed every second, a
//! Redis crash loses the last second; the reconciler enqueues the lost jobs again from the records.
//!
//! The time is that of the Redis server, so machines with different clocks agree on the end of a lease.
//!
//! The process keeps only its own state: connections, inboxes of its attempts, and copies of the event logs
//! that have subscribers in this process.

mod claimer;
mod connection;
mod control_codec;
mod core;
mod event_hub;
mod inbox;
mod pubsub;
mod script;
mod stats;
mod ticket_codec;
mod worker_presence;

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use futures_util::future::try_join_all;
use model::{Event, JobId, QueueStats, Seq};
use redis::Client;
use tokio::{
    sync::{Notify, mpsc},
    task::AbortHandle,
    time::sleep,
};
use uuid::Uuid;

use self::{
    claimer::Claimer,
    connection::{Call, CommandConnection, Retry},
    core::{Core, encode_error, millis},
    event_hub::EventHub,
    inbox::Inboxes,
    pubsub::Subscribers,
};
use crate::{
    AbandonOutcome, AbandonReason, Attempt, Broker, BrokerError, CancelOutcome, Claim, Claimant, Clock,
    Control, Delivery, EventStream, RedisSettings, RenewOutcome, SettleOutcome, Ticket, TicketState, metrics,
};

/// Version of the stored data, in the prefix of all keys.
const VERSION: u32 = 1;
/// Messages that can wait in Redis for an attempt that does not read.
const MAX_INBOX_MESSAGES: u32 = 64;
/// Interval of retries while an inbox is full.
const FULL_INBOX_RETRY: Duration = Duration::from_millis(20);
/// Maximum number of cleanups, requeued tickets and reported dead letters per call.
const MAX_BATCH: usize = 1_000;
/// Retention of an empty lane.
const LANE_TTL: Duration = Duration::from_mins(10);

/// The queue of many processes.
pub struct RedisBroker {
    core: Arc<Core>,
    claims: Arc<Claimer>,
    inboxes: Arc<Inboxes>,
    hub: Arc<EventHub>,
    pubsub: AbortHandle,
    /// Number of the last dead letter reported in this process.
    deaths_reported: AtomicU64,
}

impl RedisBroker {
    /// Connects to the Redis at this address: `redis://[USER:PASSWORD@]HOST[:PORT][/DATABASE]`, or `rediss://`
    /// for TLS.
    ///
    /// The connection is made with the first operation and again after each failure. Redis may be down now and
    /// come up later; until then every operation fails with [`BrokerError::Unavailable`]. Fails only with
    /// [`BrokerError::Address`].
    pub fn connect(url: &str, settings: RedisSettings) -> Result<Self, BrokerError> {
        metrics::describe();
        let client = Client::open(url).map_err(|source| BrokerError::Address { source: Box::new(source) })?;
        let core = Arc::new(Core {
            connection: CommandConnection::new(client.clone(), settings.timeout),
            client,
            root: format!("{{{}}}:q{VERSION}", settings.namespace),
            process: Uuid::now_v7().simple().to_string(),
            local_clock: settings.clock.clone().unwrap_or_else(Clock::steady),
            settings,
        });
        let (commands, command_receiver) = mpsc::unbounded_channel();
        let hub = Arc::new(EventHub::new(commands, core.settings.events.max_per_job.as_usize()));
        let (inboxes, ready) = (Arc::new(Inboxes::new(Arc::clone(&core))), Arc::new(Notify::new()));
        let claims = Arc::new(Claimer::new(Arc::clone(&core), Arc::clone(&inboxes), Arc::clone(&ready)));
        let subscribers = Subscribers { ready, inboxes: Arc::clone(&inboxes), hub: Arc::clone(&hub) };
        let pubsub =
            tokio::spawn(pubsub::run(Arc::clone(&core), subscribers, command_receiver)).abort_handle();
        Ok(Self { core, claims, inboxes, hub, pubsub, deaths_reported: AtomicU64::new(0) })
    }

    /// Returns the tickets of expired leases to the queue: another attempt, or a dead letter after the last.
    async fn requeue_expired(&self, expired: &[String]) -> Result<(), BrokerError> {
        let attempts = expired.chunks_exact(3).filter_map(|expired| {
            let (job, number) = (expired[0].parse().ok()?, expired[1].parse().ok()?);
            Some(Attempt { job, number, worker: model::WorkerName::new(&expired[2]) })
        });
        let attempts: Vec<Attempt> = attempts.collect();
        // The script checks again that the lease has expired: it may have been renewed meanwhile.
        let outcomes =
            try_join_all(attempts.iter().map(|attempt| self.core.abandon_as(attempt, "expired"))).await?;
        metrics::count_expired(
            outcomes.iter().filter(|became| **became != AbandonOutcome::Lost).count() as u64
        );
        Ok(())
    }

    /// Dead letters since the last call of this process; all on the first call.
    async fn new_deaths(&self, total: u64) -> Result<Vec<JobId>, BrokerError> {
        // A smaller number than reported: Redis is new or has lost its last second.
        let reported = self.deaths_reported.load(Ordering::Relaxed);
        let reported = if reported > total { 0 } else { reported };
        let range = Call::command("ZRANGEBYSCORE").arg(self.core.key(":deaths")).arg(format!("({reported}"));
        let range = range.arg("+inf").arg("WITHSCORES").arg("LIMIT").arg(0).arg(MAX_BATCH);
        let dead: Vec<(String, u64)> =
            self.core.connection.request(&range, Retry::Idempotent, "list dead letters").await?;
        let reported = dead.last().map_or(reported, |(_, number)| *number);
        self.deaths_reported.store(reported, Ordering::Relaxed);
        Ok(dead.iter().filter_map(|(job, _)| job.parse().ok()).collect())
    }
}

impl Drop for RedisBroker {
    fn drop(&mut self) {
        self.pubsub.abort();
    }
}

#[async_trait]
impl Broker for RedisBroker {
    async fn enqueue(&self, ticket: Ticket) -> Result<u64, BrokerError> {
        const STEP: &str = "enqueue a ticket";
        let max = self.core.settings.max_waiting;
        let call = self.core.call(&script::ENQUEUE).arg(max.map_or(String::new(), |max| max.to_string()));
        let call =
            ticket_codec::push_args(call, &ticket, self.core.settings.aging).map_err(encode_error(STEP))?;
        let positions: Vec<i64> = self.core.connection.request(&call, Retry::Idempotent, STEP).await?;
        let position = positions.first().copied().unwrap_or_default();
        match (u64::try_from(position), max) {
            (Err(_), Some(max)) => Err(BrokerError::Full { waiting: position.unsigned_abs() - 1, max }),
            (position, _) => Ok(position.unwrap_or_default()),
        }
    }

    async fn claim(&self, claimant: &Claimant, max: usize) -> Result<Vec<Claim>, BrokerError> {
        if max == 0 {
            return Ok(Vec::new());
        }
        self.claims.claim(claimant, max).await
    }

    async fn renew(&self, attempts: &[Attempt]) -> Result<Vec<RenewOutcome>, BrokerError> {
        let mut call = self.core.call(&script::RENEW).arg(self.core.lease_ms());
        for attempt in attempts {
            call = Core::attempt(call, attempt);
        }
        let renewing = self.core.connection.request::<Vec<u32>>(&call, Retry::Idempotent, "renew leases");
        let (renewed, ()) = tokio::try_join!(renewing, worker_presence::renew(&self.core, attempts))?;
        let renewals = attempts.iter().zip(renewed).map(|(attempt, renewed)| {
            if renewed == 1 {
                return RenewOutcome::Renewed;
            }
            self.inboxes.close(attempt);
            RenewOutcome::Lost
        });
        Ok(renewals.collect())
    }

    async fn settle(&self, attempt: &Attempt) -> Result<SettleOutcome, BrokerError> {
        let call = Core::attempt(self.core.call(&script::SETTLE), attempt);
        let settled: Vec<u32> =
            self.core.connection.request(&call, Retry::Idempotent, "settle a ticket").await?;
        self.inboxes.close(attempt);
        Ok(if settled == [1] { SettleOutcome::Settled } else { SettleOutcome::Lost })
    }

    async fn abandon(&self, attempt: &Attempt, reason: AbandonReason) -> Result<AbandonOutcome, BrokerError> {
        let abandoned = self.core.abandon(attempt, &reason).await?;
        self.inboxes.close(attempt);
        Ok(abandoned)
    }

    async fn cancel(&self, job: JobId) -> Result<CancelOutcome, BrokerError> {
        let stop = control_codec::encode(&Control::Cancel);
        let call = self.core.call(&script::CANCEL).arg(job.to_string()).arg(stop);
        let answer: String = self.core.connection.request(&call, Retry::Never, "cancel a ticket").await?;
        Ok(match answer.as_str() {
            "dequeued" => CancelOutcome::Dequeued,
            "signalled" => CancelOutcome::Signalled,
            _ => CancelOutcome::Unknown,
        })
    }

    async fn control(&self, job: JobId, message: Control) -> Result<Delivery, BrokerError> {
        const STEP: &str = "send a control message";
        let room =
            if message == Control::Cancel { "stop".to_owned() } else { MAX_INBOX_MESSAGES.to_string() };
        let message = control_codec::encode(&message);
        loop {
            self.inboxes.report_closed(job).await?;
            let call = self.core.call(&script::SEND).arg(job.to_string()).arg(&room).arg(&message);
            let answer: String = self.core.connection.request(&call, Retry::Never, STEP).await?;
            match answer.as_str() {
                "said" => return Ok(Delivery::Delivered),
                // A sender that is faster than the program is slowed down.
                "full" => sleep(FULL_INBOX_RETRY).await,
                _ => return Ok(Delivery::NotRunning),
            }
        }
    }

    async fn tickets(&self, jobs: &[JobId]) -> Result<Vec<Option<TicketState>>, BrokerError> {
        if jobs.is_empty() {
            return Ok(Vec::new());
        }
        let call = jobs.iter().fold(self.core.call(&script::TICKETS), |call, job| call.arg(job.to_string()));
        let states: Vec<String> =
            self.core.connection.request(&call, Retry::Idempotent, "look up tickets").await?;
        Ok(states
            .iter()
            .map(|state| match state.as_str() {
                "ready" | "delayed" => Some(TicketState::Waiting),
                "leased" => Some(TicketState::Leased),
                "dead" => Some(TicketState::Dead),
                _ => None,
            })
            .collect())
    }

    async fn position(&self, job: JobId) -> Result<Option<u64>, BrokerError> {
        let call = self.core.call(&script::POSITION).arg(job.to_string());
        let position: u64 =
            self.core.connection.request(&call, Retry::Idempotent, "look up a position").await?;
        Ok((position > 0).then_some(position))
    }

    async fn expire_leases(&self) -> Result<Vec<JobId>, BrokerError> {
        let RedisSettings { retry, keep_dead, events, .. } = &self.core.settings;
        self.claims.heartbeat_waiting().await?;
        let mut call = self.core.call(&script::EXPIRE).arg(self.core.lease_ms());
        for longest in [retry.max_delay, *keep_dead, events.keep_finished, LANE_TTL] {
            call = call.arg(millis(longest));
        }
        let answer: Vec<String> =
            self.core.connection.request(&call.arg(MAX_BATCH), Retry::Idempotent, "expire leases").await?;
        let Some((ever, expired)) = answer.split_first() else { return Ok(Vec::new()) };
        self.requeue_expired(expired).await?;
        self.new_deaths(ever.parse().unwrap_or_default()).await
    }

    async fn stats(&self) -> Result<QueueStats, BrokerError> {
        self.claims.heartbeat_waiting().await?;
        stats::queue_stats(&self.core).await
    }

    async fn workers(&self) -> Result<Vec<Claimant>, BrokerError> {
        self.claims.heartbeat_waiting().await?;
        stats::active_workers(&self.core).await
    }

    async fn publish(&self, job: JobId, event: Event) {
        if let Err(error) = self.core.publish(job, &event).await {
            tracing::debug!(%job, %error, "an event could not be published");
        }
    }

    async fn events(&self, job: JobId, after: Option<Seq>) -> Result<EventStream, BrokerError> {
        self.hub.subscribe(&self.core, job, after).await
    }

    async fn lead(&self, term: Duration) -> Result<bool, BrokerError> {
        let call = self.core.call(&script::LEAD).arg(&self.core.process).arg(millis(term));
        let leads: u32 = self.core.connection.request(&call, Retry::Idempotent, "become the leader").await?;
        Ok(leads == 1)
    }

    async fn resign(&self) -> Result<(), BrokerError> {
        self.lead(Duration::ZERO).await.map(drop)
    }

    fn lease_time(&self) -> Duration {
        self.core.settings.lease_time
    }
}
