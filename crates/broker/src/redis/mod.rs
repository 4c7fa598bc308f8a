//! The engine for many processes: an index in Redis, changed by scripts.
//!
//! Each operation of the [`Broker`] is one script, so it is atomic and takes one round trip. All keys have one hash tag, so
//! they live in one slot of a cluster. A lease is an entry in a sorted set by its end, and fenced by the attempt's number and
//! worker; the order of claims is decided when a ticket comes, as in the other engine. ADR 0027 says why not
//! streams, and what a failing Redis costs.
//!
//! *Durable* means here: as durable as Redis is set to be. With an append-only file that is flushed every second, what a
//! Redis that dies forgets is its last second; the reconciler enqueues again what the records know of that.
//!
//! The time is that of the Redis server, so machines whose clocks differ agree on when a lease ends.
//!
//! Nothing is kept here but what this process has: its connections, the inboxes of its attempts, copies of the events that
//! are watched in it.

mod claims;
mod form;
mod inbox;
mod link;
mod message;
mod radio;
mod roll;
mod script;
mod watch;

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use futures_util::future::try_join_all;
use model::{Event, JobEvent, JobId, QueueStats, Seq};
use redis::{Client, Script};
use tokio::{
    sync::{Notify, mpsc},
    task::AbortHandle,
    time::sleep,
};
use uuid::Uuid;

use self::{
    claims::Claims,
    inbox::Inboxes,
    link::{Call, Link, Twice},
    radio::Ears,
    watch::Hub,
};
use crate::{
    AGING, Abandoned, Abandonment, Attempt, Broker, BrokerError, Cancel, Claim, Claimant, Clock, Control,
    Delivery, EventSettings, EventStream, Renewal, Retry, RetryPolicy, Settled, Ticket, TicketState, counts,
    log::IDLE,
};

/// The version of what is stored, in the root of all keys.
const VERSION: u32 = 1;
/// Messages that may wait in Redis for an attempt that does not read.
const ROOM: u32 = 64;
/// How soon whoever found no room tries again.
const PAUSE: Duration = Duration::from_millis(20);
/// Things tidied up, leases taken back and deaths told at a time.
const AT_ONCE: usize = 1_000;
/// How long a lane is remembered that nothing is in.
const KEEP_LANE: Duration = Duration::from_mins(10);

/// An entry of a stream: its place and its fields.
type Entry = (String, Vec<(String, Vec<u8>)>);

/// How the engine on Redis behaves. All processes that share a queue should have the same.
#[derive(Debug, Clone)]
pub struct RedisSettings {
    /// What all keys begin with, between braces: several installations can share a Redis.
    pub namespace: String,
    /// How long a lease lasts without renewal.
    pub lease_time: Duration,
    /// What happens after a failed attempt.
    pub retry: RetryPolicy,
    /// The hard cap: tickets of one kind that may wait; no cap for `None`. Retries are let in regardless.
    pub most_waiting: Option<u64>,
    /// For how many turns a ticket gives way to each more urgent priority; see [`crate::AGING`].
    pub aging: u32,
    /// How long dead letters are kept.
    pub keep_dead: Duration,
    /// What is kept of events.
    pub events: EventSettings,
    /// How long Redis may take to be reached, and to answer, before an operation fails with
    /// [`BrokerError::Unavailable`].
    pub patience: Duration,
    /// Where the time comes from; from Redis itself for `None`.
    pub clock: Option<Clock>,
}

impl Default for RedisSettings {
    fn default() -> Self {
        Self {
            namespace: "coderunner".to_owned(),
            lease_time: Duration::from_secs(30),
            retry: RetryPolicy::default(),
            most_waiting: Some(5_000),
            aging: AGING,
            keep_dead: Duration::from_hours(7 * 24),
            events: EventSettings::default(),
            patience: Duration::from_secs(2),
            clock: None,
        }
    }
}

/// The queue of many processes.
pub struct RedisBroker {
    core: Arc<Core>,
    claims: Arc<Claims>,
    inboxes: Arc<Inboxes>,
    hub: Arc<Hub>,
    radio: AbortHandle,
    /// How many deaths have been told here.
    deaths_told: AtomicU64,
}

/// What every part needs.
struct Core {
    client: Client,
    link: Link,
    root: String,
    settings: RedisSettings,
    /// Of this process, unlike any other.
    name: String,
    /// For what has its time here and not in Redis.
    pace: Clock,
}

impl RedisBroker {
    /// The queue in the Redis at this address: `redis://[USER:PASSWORD@]HOST[:PORT][/DATABASE]`, or `rediss://` for TLS.
    ///
    /// Connects when there is something to ask, again and again if need be: a Redis that is down now may come up later, and
    /// until then every operation says [`BrokerError::Unavailable`]. Fails only with [`BrokerError::Address`].
    pub fn connect(url: &str, settings: RedisSettings) -> Result<Self, BrokerError> {
        counts::describe();
        let client = Client::open(url).map_err(|source| BrokerError::Address { source: Box::new(source) })?;
        let core = Arc::new(Core {
            link: Link::new(client.clone(), settings.patience),
            client,
            root: format!("{{{}}}:q{VERSION}", settings.namespace),
            name: Uuid::now_v7().simple().to_string(),
            pace: settings.clock.clone().unwrap_or_else(Clock::steady),
            settings,
        });
        let (orders, given) = mpsc::unbounded_channel();
        let hub = Arc::new(Hub::new(orders, core.settings.events.most_per_job.as_usize()));
        let (inboxes, ready) = (Arc::new(Inboxes::new(Arc::clone(&core))), Arc::new(Notify::new()));
        let claims = Arc::new(Claims::new(Arc::clone(&core), Arc::clone(&inboxes), Arc::clone(&ready)));
        let ears = Ears { ready, inboxes: Arc::clone(&inboxes), hub: Arc::clone(&hub) };
        let radio = tokio::spawn(radio::listen(Arc::clone(&core), ears, given)).abort_handle();
        Ok(Self { core, claims, inboxes, hub, radio, deaths_told: AtomicU64::new(0) })
    }

    /// Takes back the leases that have run out.
    async fn reclaim(&self, lapsed: &[String]) -> Result<(), BrokerError> {
        let attempts = lapsed.chunks_exact(3).filter_map(|lapsed| {
            let (job, number) = (lapsed[0].parse().ok()?, lapsed[1].parse().ok()?);
            Some(Attempt { job, number, worker: model::WorkerName::new(&lapsed[2]) })
        });
        let attempts: Vec<Attempt> = attempts.collect();
        // Each checks again that its lease has run out: it may have been renewed since.
        let told = try_join_all(attempts.iter().map(|attempt| self.core.give_up(attempt, "lapsed"))).await?;
        counts::expired(told.iter().filter(|became| **became != Abandoned::Lost).count() as u64);
        Ok(())
    }

    /// The jobs that died since this process last asked; all, if it never has.
    async fn deaths(&self, ever: u64) -> Result<Vec<JobId>, BrokerError> {
        // Fewer than were told: a Redis that began anew, or forgot its last second.
        let told = self.deaths_told.load(Ordering::Relaxed);
        let told = if told > ever { 0 } else { told };
        let range = Call::command("ZRANGEBYSCORE").arg(self.core.key(":deaths")).arg(format!("({told}"));
        let range = range.arg("+inf").arg("WITHSCORES").arg("LIMIT").arg(0).arg(AT_ONCE);
        let died: Vec<(String, u64)> = self.core.link.ask(&range, Twice::Harmless, "ask who died").await?;
        let told = died.last().map_or(told, |(_, number)| *number);
        self.deaths_told.store(told, Ordering::Relaxed);
        Ok(died.iter().filter_map(|(job, _)| job.parse().ok()).collect())
    }
}

impl Drop for RedisBroker {
    fn drop(&mut self) {
        self.radio.abort();
    }
}

#[async_trait]
impl Broker for RedisBroker {
    async fn enqueue(&self, ticket: Ticket) -> Result<u64, BrokerError> {
        const STEP: &str = "enqueue a ticket";
        let most = self.core.settings.most_waiting;
        let call = self.core.call(&script::ENQUEUE).arg(most.map_or(String::new(), |most| most.to_string()));
        let call = form::enter(call, &ticket, self.core.settings.aging).map_err(unwritten(STEP))?;
        let places: Vec<i64> = self.core.link.ask(&call, Twice::Harmless, STEP).await?;
        let place = places.first().copied().unwrap_or_default();
        match (u64::try_from(place), most) {
            (Err(_), Some(most)) => Err(BrokerError::Full { waiting: place.unsigned_abs() - 1, most }),
            (place, _) => Ok(place.unwrap_or_default()),
        }
    }

    async fn claim(&self, claimant: &Claimant, most: usize) -> Result<Vec<Claim>, BrokerError> {
        if most == 0 {
            return Ok(Vec::new());
        }
        self.claims.claim(claimant, most).await
    }

    async fn renew(&self, attempts: &[Attempt]) -> Result<Vec<Renewal>, BrokerError> {
        let mut call = self.core.call(&script::RENEW).arg(self.core.lease_ms());
        for attempt in attempts {
            call = Core::attempt(call, attempt);
        }
        let renewing = self.core.link.ask::<Vec<u32>>(&call, Twice::Harmless, "renew leases");
        let (renewed, ()) = tokio::try_join!(renewing, roll::still(&self.core, attempts))?;
        let renewals = attempts.iter().zip(renewed).map(|(attempt, renewed)| {
            if renewed == 1 {
                return Renewal::Renewed;
            }
            self.inboxes.close(attempt);
            Renewal::Lost
        });
        Ok(renewals.collect())
    }

    async fn settle(&self, attempt: &Attempt) -> Result<Settled, BrokerError> {
        let call = Core::attempt(self.core.call(&script::SETTLE), attempt);
        let settled: Vec<u32> = self.core.link.ask(&call, Twice::Harmless, "settle a ticket").await?;
        self.inboxes.close(attempt);
        Ok(if settled == [1] { Settled::Settled } else { Settled::Lost })
    }

    async fn abandon(&self, attempt: &Attempt, why: Abandonment) -> Result<Abandoned, BrokerError> {
        let abandoned = self.core.abandon(attempt, &why).await?;
        self.inboxes.close(attempt);
        Ok(abandoned)
    }

    async fn cancel(&self, job: JobId) -> Result<Cancel, BrokerError> {
        let stop = message::encode(&Control::Cancel);
        let call = self.core.call(&script::CANCEL).arg(job.to_string()).arg(stop);
        let answer: String = self.core.link.ask(&call, Twice::No, "cancel a ticket").await?;
        Ok(match answer.as_str() {
            "dequeued" => Cancel::Dequeued,
            "signalled" => Cancel::Signalled,
            _ => Cancel::Unknown,
        })
    }

    async fn control(&self, job: JobId, message: Control) -> Result<Delivery, BrokerError> {
        const STEP: &str = "tell an attempt something";
        let room = if message == Control::Cancel { "stop".to_owned() } else { ROOM.to_string() };
        let message = message::encode(&message);
        loop {
            self.inboxes.own_up(job).await?;
            let call = self.core.call(&script::SAY).arg(job.to_string()).arg(&room).arg(&message);
            let answer: String = self.core.link.ask(&call, Twice::No, STEP).await?;
            match answer.as_str() {
                "said" => return Ok(Delivery::Delivered),
                // Whoever types faster than the program reads is slowed down.
                "full" => sleep(PAUSE).await,
                _ => return Ok(Delivery::NotRunning),
            }
        }
    }

    async fn tickets(&self, jobs: &[JobId]) -> Result<Vec<Option<TicketState>>, BrokerError> {
        if jobs.is_empty() {
            return Ok(Vec::new());
        }
        let call = jobs.iter().fold(self.core.call(&script::TICKETS), |call, job| call.arg(job.to_string()));
        let states: Vec<String> = self.core.link.ask(&call, Twice::Harmless, "look tickets up").await?;
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
        let place: u64 = self.core.link.ask(&call, Twice::Harmless, "look a position up").await?;
        Ok((place > 0).then_some(place))
    }

    async fn expire(&self) -> Result<Vec<JobId>, BrokerError> {
        let RedisSettings { retry, keep_dead, events, .. } = &self.core.settings;
        self.claims.call_roll().await?;
        let mut call = self.core.call(&script::TICK).arg(self.core.lease_ms());
        for longest in [retry.longest_delay, *keep_dead, events.keep_finished, KEEP_LANE] {
            call = call.arg(millis(longest));
        }
        let answer: Vec<String> =
            self.core.link.ask(&call.arg(AT_ONCE), Twice::Harmless, "expire leases").await?;
        let Some((ever, lapsed)) = answer.split_first() else { return Ok(Vec::new()) };
        self.reclaim(lapsed).await?;
        self.deaths(ever.parse().unwrap_or_default()).await
    }

    async fn stats(&self) -> Result<QueueStats, BrokerError> {
        self.claims.call_roll().await?;
        roll::stats(&self.core).await
    }

    async fn workers(&self) -> Result<Vec<Claimant>, BrokerError> {
        self.claims.call_roll().await?;
        roll::workers(&self.core).await
    }

    async fn publish(&self, job: JobId, event: Event) {
        if let Err(error) = self.core.publish(job, &event).await {
            tracing::debug!(%job, %error, "an event could not be told");
        }
    }

    async fn events(&self, job: JobId, after: Option<Seq>) -> Result<EventStream, BrokerError> {
        self.hub.follow(&self.core, job, after).await
    }

    async fn lead(&self, term: Duration) -> Result<bool, BrokerError> {
        let call = self.core.call(&script::LEAD).arg(&self.core.name).arg(millis(term));
        let leads: u32 = self.core.link.ask(&call, Twice::Harmless, "become the leader").await?;
        Ok(leads == 1)
    }

    async fn resign(&self) -> Result<(), BrokerError> {
        self.lead(Duration::ZERO).await.map(drop)
    }

    fn lease_time(&self) -> Duration {
        self.core.settings.lease_time
    }
}

impl Core {
    fn key(&self, name: &str) -> String {
        format!("{}{name}", self.root)
    }

    /// The channel that tells the events of a job.
    fn events_of(&self, job: JobId) -> String {
        self.key(&format!(":of:{job}"))
    }

    /// A script, told the time.
    fn call(&self, script: &'static Script) -> Call {
        let now = self.settings.clock.as_ref().map(|clock| clock.now().as_millis().to_string());
        Call::script(script, &self.root).arg(now.unwrap_or_default())
    }

    fn lease_ms(&self) -> u64 {
        millis(self.settings.lease_time)
    }

    /// The arguments that tell an attempt.
    fn attempt(call: Call, attempt: &Attempt) -> Call {
        call.arg(attempt.job.to_string()).arg(attempt.number).arg(attempt.worker.as_str())
    }

    async fn abandon(&self, attempt: &Attempt, why: &Abandonment) -> Result<Abandoned, BrokerError> {
        match why {
            Abandonment::Drained => self.give_up(attempt, "drained").await,
            Abandonment::Fault(_) => self.give_up(attempt, "fault").await,
        }
    }

    async fn give_up(&self, attempt: &Attempt, why: &str) -> Result<Abandoned, BrokerError> {
        let mut call = Core::attempt(self.call(&script::ABANDON), attempt).arg(why);
        // The script knows which failure it is, and only we how long each delays.
        for failures in 1..self.settings.retry.most_attempts {
            if let Retry::After(delay) = self.settings.retry.after(attempt.job, failures) {
                call = call.arg(millis(delay));
            }
        }
        let answer: String = self.link.ask(&call, Twice::No, "abandon an attempt").await?;
        Ok(match answer.as_str() {
            "requeued" => Abandoned::Requeued,
            "dead" => Abandoned::Dead,
            _ => Abandoned::Lost,
        })
    }

    async fn publish(&self, job: JobId, event: &Event) -> Result<(), BrokerError> {
        const STEP: &str = "tell an event";
        let sort = match event.event {
            JobEvent::Output { .. } => "output",
            JobEvent::Finished => "finished",
            JobEvent::Queued { .. } | JobEvent::Started { .. } | JobEvent::Test { .. } => "other",
        };
        let EventSettings { keep_finished, most_per_job, most_in_all } = self.settings.events;
        let call = self
            .call(&script::PUBLISH)
            .arg(job.to_string())
            .arg(event.seq.0)
            .arg(sort)
            .arg(serde_json::to_vec(&event.event).map_err(unwritten(STEP))?)
            .arg(most_per_job.0)
            .arg(most_in_all.0)
            .arg(millis(IDLE))
            // They go by `expire` before; this is for when nobody calls it.
            .arg(millis(keep_finished + IDLE));
        self.link.ask(&call, Twice::Harmless, STEP).await
    }
}

/// Something of ours has no stored form.
fn unwritten(step: &'static str) -> impl FnOnce(serde_json::Error) -> BrokerError {
    move |source| BrokerError::Storage { step, source: Box::new(source) }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
