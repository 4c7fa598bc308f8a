//! The promises of every engine of the queue.
//!
//! A ticket is enqueued, claimed, renewed and settled, or abandoned. Each operation is atomic in the engine. Only the
//! attempt that holds the lease can renew, settle or abandon; anybody else is told that the lease is lost.

use std::{pin::Pin, time::Duration};

use async_trait::async_trait;
use model::{
    Event, Job, JobEvent, JobId, JobKind, LanguageId, PoolKind, Priority, QueueStats, Seq, SessionSignal,
    Tenant, TerminalSize, Timestamp, ToolchainInfo, VersionRequirement, WorkerName,
};
use tokio::sync::mpsc;
use tokio_stream::Stream;

/// What the queue knows of a job: enough to choose by, nothing of its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    /// The job.
    pub job: JobId,
    /// Which queue it is in.
    pub kind: JobKind,
    /// Which pool must run it.
    pub pool: PoolKind,
    /// How urgent it is.
    pub priority: Priority,
    /// On whose account.
    pub tenant: Tenant,
    /// What a worker must have to run it.
    pub language: LanguageId,
    /// Of which versions; of any, if it does not say.
    pub version: Option<VersionRequirement>,
    /// Since when it waits.
    pub enqueued_at: Timestamp,
    /// How many attempts have begun before, by the job's record: the next one gets a higher number, so that a queue
    /// rebuilt from the records never hands out a number that the record has seen.
    pub attempts_begun: u32,
}

/// Who claims, and what it can run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claimant {
    /// The worker process.
    pub worker: WorkerName,
    /// Its pools, each with the number of jobs it runs at once there.
    pub pools: Vec<(PoolKind, u32)>,
    /// Its toolchains.
    pub offers: Vec<ToolchainInfo>,
    /// Toolchains that it is preparing, and will offer later.
    pub to_come: Vec<ToolchainInfo>,
}

/// One attempt at a job: the proof that its holder holds the lease.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Attempt {
    /// The job.
    pub job: JobId,
    /// 1 for the first attempt.
    pub number: u32,
    /// Who holds it.
    pub worker: WorkerName,
}

/// A claimed ticket: leased to the claimant until it is settled or abandoned, or until the lease runs out unrenewed.
#[derive(Debug)]
pub struct Claim {
    /// What was claimed.
    pub ticket: Ticket,
    /// The proof of the lease.
    pub attempt: Attempt,
    /// What others tell this attempt while it runs.
    pub control: mpsc::Receiver<Control>,
}

/// Something told to a running attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Control {
    /// Stop now; the job ends as cancelled.
    Cancel,
    /// More standard input, for a live session. As all that follows: an attempt at a plain job ignores it.
    Stdin(Vec<u8>),
    /// No more standard input will come.
    Eof,
    /// The terminal has this size now.
    Resize(TerminalSize),
    /// Send the program this signal.
    Signal(SessionSignal),
    /// Somebody still holds the other end of the session. Whoever does says so once every [`Control::BEAT`], unless
    /// there is something else to say; an attempt that has heard nothing for three beats ends its session as if told to.
    KeepAlive,
}

impl Control {
    /// How often the other end of a live session is to be heard of.
    pub const BEAT: Duration = Duration::from_secs(5);
}

/// Whether a control message found its attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// It is in the attempt's inbox.
    Delivered,
    /// No attempt at that job runs now.
    NotRunning,
}

/// Whether a renewal still found the lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Renewal {
    /// The lease runs on.
    Renewed,
    /// Somebody else has the job, or it is gone: stop working on it.
    Lost,
}

/// Whether a settlement counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    /// The ticket is gone.
    Settled,
    /// The lease was lost before; nothing changed.
    Lost,
}

/// Why an attempt is given up without a result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Abandonment {
    /// The worker shuts down and has not run it: back to the head of its queue, not counted as an attempt.
    Drained,
    /// Our fault, described: it is retried after a growing delay, until attempts run out.
    Fault(String),
}

/// What became of an abandoned ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Abandoned {
    /// It waits again.
    Requeued,
    /// Attempts have run out: it is a dead letter.
    Dead,
    /// The lease was lost before; nothing changed.
    Lost,
}

/// What a cancellation did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cancel {
    /// It waited, and is gone from the queue.
    Dequeued,
    /// It runs, and its attempt has been told.
    Signalled,
    /// The queue does not have it.
    Unknown,
}

/// Where a ticket is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TicketState {
    /// Waiting, perhaps delayed before a retry.
    Waiting,
    /// Leased to an attempt.
    Leased,
    /// Given up on.
    Dead,
}

/// The events of one job, as they happen. Ends after [`JobEvent::Finished`].
pub type EventStream = Pin<Box<dyn Stream<Item = Event> + Send>>;

/// The engine could not do it.
#[derive(Debug, thiserror::Error)]
pub enum BrokerError {
    /// The engine's storage failed.
    #[error("the queue's storage failed while it tried to {step}")]
    Storage {
        /// What was being done.
        step: &'static str,
        /// Why it failed.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The engine is in another process that cannot be reached, or cannot serve now. What was asked for may have been done
    /// nevertheless. It comes back by itself: ask again in a moment.
    #[error("the queue cannot be reached to {step}")]
    Unavailable {
        /// What was being done.
        step: &'static str,
        /// Why it was not.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The engine's address cannot be one.
    #[error(
        "the queue's address is not one of a Redis: write redis://HOST:PORT, or rediss://HOST:PORT for TLS"
    )]
    Address {
        /// What is wrong with it.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// As many tickets wait as are allowed to.
    #[error("the queue is full: {waiting} jobs wait and {most} may")]
    Full {
        /// How many wait.
        waiting: u64,
        /// How many may.
        most: u64,
    },
    /// The engine has been shut down.
    #[error("the queue is closed")]
    Closed,
}

/// A durable queue with leases, events and a control channel to each running attempt.
#[async_trait]
pub trait Broker: Send + Sync + 'static {
    /// Puts a ticket in; durable when it returns. A ticket whose job is already in the queue (waiting, leased or dead)
    /// changes nothing, except that the next attempt of one that is not leased gets a number above the `attempts_begun`
    /// of both. Returns its position (1 is next; 0 if it is there but does not wait). Refuses with
    /// [`BrokerError::Full`] past the hard cap.
    async fn enqueue(&self, ticket: Ticket) -> Result<u64, BrokerError>;

    /// Waits until at least one ticket that the claimant can run waits, and leases up to `most` of them to it: tenants take
    /// turns, within a turn the most urgent come first and then the oldest, and a lower priority gives way for as many turns
    /// as the engine's `aging` says ([`crate::AGING`]). A future dropped before it returned has claimed nothing for good: what it
    /// may have leased is given back.
    async fn claim(&self, claimant: &Claimant, most: usize) -> Result<Vec<Claim>, BrokerError>;

    /// Extends the leases of these attempts; one answer each, in order.
    async fn renew(&self, attempts: &[Attempt]) -> Result<Vec<Renewal>, BrokerError>;

    /// Takes the ticket out for good, its record being final.
    async fn settle(&self, attempt: &Attempt) -> Result<Settled, BrokerError>;

    /// Gives an attempt up without a result.
    async fn abandon(&self, attempt: &Attempt, why: Abandonment) -> Result<Abandoned, BrokerError>;

    /// Takes a waiting ticket out, or tells the attempt that holds it to stop.
    async fn cancel(&self, job: JobId) -> Result<Cancel, BrokerError>;

    /// Puts a message in the inbox of the attempt that runs this job. Waits while the inbox is full, except that
    /// [`Control::Cancel`] always finds room. It stands behind what is there already, so an attempt that wants to hear
    /// of it keeps reading its inbox.
    async fn control(&self, job: JobId, message: Control) -> Result<Delivery, BrokerError>;

    /// Where the tickets of these jobs are, in their order, where the queue has any: one call for all.
    async fn tickets(&self, jobs: &[JobId]) -> Result<Vec<Option<TicketState>>, BrokerError>;

    /// Where the job's ticket is, if the queue has one.
    async fn ticket(&self, job: JobId) -> Result<Option<TicketState>, BrokerError> {
        Ok(self.tickets(&[job]).await?.pop().flatten())
    }

    /// Place in the queue (1 is next), if it waits.
    async fn position(&self, job: JobId) -> Result<Option<u64>, BrokerError>;

    /// Makes tickets whose lease ran out wait again (or dead letters of them, when attempts have run out) and lets delayed
    /// ones through whose time has come. An expired lease counts as a failed attempt; until this is called it is still
    /// held. Returns the jobs that died since the last call, by whatever cause, and after a start all dead ones: whoever
    /// was told before may not have lived to act on it. Called about once a second by whoever reconciles.
    async fn expire(&self) -> Result<Vec<JobId>, BrokerError>;

    /// Numbers for people and scalers.
    async fn stats(&self) -> Result<QueueStats, BrokerError>;

    /// The workers that are about, in the order of their names: those that have claimed or renewed within a lease time. A
    /// worker that claims for its pools one by one is one worker, with all of them and what it last offered.
    async fn workers(&self) -> Result<Vec<Claimant>, BrokerError>;

    /// Tells whoever watches the job. `seq` grows within the job; an event that is not after the last one is from an
    /// attempt that lost its lease, and dropped. Only [`JobEvent::Finished`] never comes too late: it gets a later place
    /// if need be, since whoever ends a job that no attempt ended does not know how far the attempts got. Best effort:
    /// the record is the truth.
    async fn publish(&self, job: JobId, event: Event);

    /// What has happened to the job after `after` (all of it, for `None`), then what happens, until [`JobEvent::Finished`].
    /// A job that the engine knows nothing of (finished long ago, or never begun) gives a stream that stays silent until
    /// something happens: subscribe first, then read the record.
    async fn events(&self, job: JobId, after: Option<Seq>) -> Result<EventStream, BrokerError>;

    /// Makes this process the leader of all that share the queue for so long from now on, unless another one is. The leader does
    /// what one process is enough for, and asks again well before its term ends. Of an engine that belongs to one process,
    /// that one is always the leader.
    async fn lead(&self, term: Duration) -> Result<bool, BrokerError>;

    /// Ends the term of this process, if it is the leader: another one need not wait for it.
    async fn resign(&self) -> Result<(), BrokerError>;

    /// How long a lease lasts without renewal.
    fn lease_time(&self) -> Duration;
}

impl Ticket {
    /// The ticket of this job, waiting since `enqueued_at`.
    pub fn of(job: &Job, enqueued_at: Timestamp) -> Self {
        Self {
            job: job.id,
            kind: job.kind,
            pool: job.pool,
            priority: job.priority,
            tenant: job.tenant.clone(),
            language: job.submission.language.clone(),
            version: job.submission.version.clone(),
            enqueued_at,
            attempts_begun: job.attempt,
        }
    }
}

impl Claimant {
    /// Whether it has this pool, and a toolchain for this language that will do.
    pub(crate) fn has(
        &self,
        pool: PoolKind,
        language: &LanguageId,
        will_do: impl Fn(&ToolchainInfo) -> bool,
    ) -> bool {
        let fits = |offer: &ToolchainInfo| offer.language == *language && will_do(offer);
        self.pools.iter().any(|(own, _)| *own == pool) && self.offers.iter().any(fits)
    }
}

impl Claim {
    /// The event that this attempt publishes first.
    pub fn started(&self) -> Event {
        let attempt = self.attempt.number;
        Event { seq: Seq::of(attempt, 0), event: JobEvent::Started { attempt } }
    }
}
