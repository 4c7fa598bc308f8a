//! Contract of the queue: tickets, leases, control messages, events, and the [`Broker`] trait with its
//! guarantees.
//!
//! A ticket is enqueued, claimed, renewed and settled, or abandoned. Each operation is atomic in the engine.
//! Only the attempt that holds the lease can renew, settle or abandon; every other caller gets `Lost`.

use std::{pin::Pin, time::Duration};

use async_trait::async_trait;
use model::{
    Event, Job, JobEvent, JobId, JobKind, LanguageId, PoolKind, Priority, QueueStats, Seq, SessionSignal,
    Tenant, TerminalSize, Timestamp, ToolchainInfo, VersionRequirement, WorkerName,
};
use tokio::sync::mpsc;
use tokio_stream::Stream;

/// A job as the queue sees it: the properties that scheduling needs, without the job's content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    /// The job.
    pub job: JobId,
    /// The queue that it belongs to.
    pub kind: JobKind,
    /// The pool that must run it.
    pub pool: PoolKind,
    /// Its priority.
    pub priority: Priority,
    /// The tenant that submitted it.
    pub tenant: Tenant,
    /// The language that a worker must offer.
    pub language: LanguageId,
    /// The versions of the language that are accepted; `None` accepts every version.
    pub version: Option<VersionRequirement>,
    /// Time of submission; the waiting time counts from here.
    pub enqueued_at: Timestamp,
    /// Number of earlier attempts according to the job's record. The next attempt gets a higher number, so a
    /// queue that was rebuilt from the records never reuses a number.
    pub attempts_begun: u32,
}

/// A worker that claims tickets, with its capabilities.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claimant {
    /// The worker process.
    pub worker: WorkerName,
    /// Its pools, each with its number of slots.
    pub pools: Vec<(PoolKind, u32)>,
    /// The toolchains that it offers.
    pub offers: Vec<ToolchainInfo>,
    /// Toolchains that it prepares now and will offer later.
    pub preparing: Vec<ToolchainInfo>,
}

/// One attempt at a job. It identifies the lease: an engine accepts operations only from the current attempt.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Attempt {
    /// The job.
    pub job: JobId,
    /// 1 for the first attempt.
    pub number: u32,
    /// The worker that holds the lease.
    pub worker: WorkerName,
}

/// A claimed ticket: leased to the claimant until it is settled or abandoned, or until the lease expires.
#[derive(Debug)]
pub struct Claim {
    /// The claimed ticket.
    pub ticket: Ticket,
    /// The attempt that holds the lease.
    pub attempt: Attempt,
    /// Control messages for this attempt.
    pub control: mpsc::Receiver<Control>,
}

/// A control message to a running attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Control {
    /// Stop now; the job ends as cancelled.
    Cancel,
    /// More standard input for a live session. An attempt at an ordinary job ignores this and all further
    /// messages.
    Stdin(Vec<u8>),
    /// End of standard input.
    Eof,
    /// New size of the terminal.
    Resize(TerminalSize),
    /// Signal to send to the program.
    Signal(SessionSignal),
    /// The client of the live session is still connected. It is sent every [`Control::HEARTBEAT`] unless
    /// another message is sent. An attempt without a message for three intervals ends its session as if it were
    /// cancelled.
    KeepAlive,
}

impl Control {
    /// Interval of keep-alive messages in a live session.
    pub const HEARTBEAT: Duration = Duration::from_secs(5);
}

/// Result of sending a control message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// The message is in the attempt's inbox.
    Delivered,
    /// No attempt at this job is running.
    NotRunning,
}

/// Result of renewing a lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RenewOutcome {
    /// The lease is extended.
    Renewed,
    /// Another attempt has the job, or the job is gone. The worker must stop its work.
    Lost,
}

/// Result of settling a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SettleOutcome {
    /// The ticket is deleted.
    Settled,
    /// The lease was lost before; nothing changed.
    Lost,
}

/// Reason to give up an attempt without a result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AbandonReason {
    /// The worker shuts down and has not run the job. The ticket returns to the head of its queue and the
    /// attempt is not counted as a failure.
    Drained,
    /// A fault of the platform, with a description. The ticket is retried after a growing delay until its
    /// attempts are exhausted.
    Fault(String),
}

/// Result of abandoning an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AbandonOutcome {
    /// The ticket waits again.
    Requeued,
    /// The attempts are exhausted; the ticket is a dead letter.
    Dead,
    /// The lease was lost before; nothing changed.
    Lost,
}

/// Result of cancelling a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CancelOutcome {
    /// The ticket was waiting and has been removed.
    Dequeued,
    /// The job is running; its attempt has been signalled.
    Signalled,
    /// The queue has no such ticket.
    Unknown,
}

/// State of a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TicketState {
    /// Waiting, possibly delayed before a retry.
    Waiting,
    /// Leased to an attempt.
    Leased,
    /// A dead letter.
    Dead,
}

/// Stream of the events of one job. It ends after [`JobEvent::Finished`].
pub type EventStream = Pin<Box<dyn Stream<Item = Event> + Send>>;

/// Error of a queue operation.
#[derive(Debug, thiserror::Error)]
pub enum BrokerError {
    /// The engine's storage failed.
    #[error("the queue's storage failed while it tried to {step}")]
    Storage {
        /// The operation that failed.
        step: &'static str,
        /// The cause.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The engine runs in another process that cannot be reached or cannot serve now. The operation may have
    /// taken effect nevertheless. The engine recovers by itself; retry in a moment.
    #[error("the queue cannot be reached to {step}")]
    Unavailable {
        /// The operation that failed.
        step: &'static str,
        /// The cause.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The engine's address is invalid.
    #[error(
        "the queue's address is not one of a Redis: write redis://HOST:PORT, or rediss://HOST:PORT for TLS"
    )]
    Address {
        /// The cause.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The queue has reached its limit of waiting tickets.
    #[error("the queue is full: {waiting} jobs wait and {max} may")]
    Full {
        /// Number of waiting tickets.
        waiting: u64,
        /// Their limit.
        max: u64,
    },
    /// The engine has been shut down.
    #[error("the queue is closed")]
    Closed,
}

/// A durable queue with leases, events, and a control channel to each running attempt.
///
/// The life of a ticket: [`enqueue`](Broker::enqueue) makes it wait; [`claim`](Broker::claim) leases it to a
/// worker and starts an attempt with a number of its own; the worker extends the lease with
/// [`renew`](Broker::renew) and ends it with [`settle`](Broker::settle) or [`abandon`](Broker::abandon). If a
/// worker dies, its lease expires, and [`expire_leases`](Broker::expire_leases) makes the ticket wait again, or makes it a
/// dead letter once its attempts are exhausted. The attempt (job, number, worker) is the fencing token: after a
/// lease is lost, every operation with the old attempt returns `Lost` and changes nothing. A job can therefore
/// run more than once, but only one attempt can settle it.
///
/// Claims are ordered by start-time fair queueing between tenants, with priorities and aging. The order of a
/// ticket is computed once, when it is enqueued, so its position in the queue can be reported exactly. A claim
/// considers only tickets that the claimant can run: tickets are grouped in lanes by pool, priority, language
/// and accepted versions, and a claim compares the heads of the matching lanes.
///
/// Events and control messages are best effort and not part of the durable state; the record in the store is
/// the source of truth. The conformance suite in `tests/conformance` checks every engine against this contract.
#[async_trait]
pub trait Broker: Send + Sync + 'static {
    /// Adds a ticket; durable on return. If the job is already in the queue (waiting, leased or dead), nothing
    /// changes, with one exception: if it is not leased, its next attempt gets a number above the
    /// `attempts_begun` of both tickets. Returns the position (1 is next; 0 if the ticket exists but does not
    /// wait). Fails with [`BrokerError::Full`] at the limit of waiting tickets.
    async fn enqueue(&self, ticket: Ticket) -> Result<u64, BrokerError>;

    /// Waits for a ticket that the claimant can run, then leases up to `max` tickets to it. Tenants take turns.
    /// Within a turn tickets are ordered by priority and then by age; a lower priority yields for as many turns
    /// as the engine's `aging` ([`crate::AGING`]). If the future is dropped before it returns, its claims are
    /// abandoned.
    async fn claim(&self, claimant: &Claimant, max: usize) -> Result<Vec<Claim>, BrokerError>;

    /// Extends the leases of these attempts; one result for each, in the same order.
    async fn renew(&self, attempts: &[Attempt]) -> Result<Vec<RenewOutcome>, BrokerError>;

    /// Deletes the ticket of this attempt. The job's record must be final.
    async fn settle(&self, attempt: &Attempt) -> Result<SettleOutcome, BrokerError>;

    /// Gives up an attempt without a result.
    async fn abandon(&self, attempt: &Attempt, reason: AbandonReason) -> Result<AbandonOutcome, BrokerError>;

    /// Removes a waiting ticket, or signals the attempt that holds it to stop.
    async fn cancel(&self, job: JobId) -> Result<CancelOutcome, BrokerError>;

    /// Puts a message in the inbox of the attempt that runs this job. Waits while the inbox is full, except for
    /// [`Control::Cancel`], for which one slot is reserved. Messages are delivered in order, so an attempt must
    /// keep reading its inbox to see a cancellation.
    async fn control(&self, job: JobId, message: Control) -> Result<Delivery, BrokerError>;

    /// States of the tickets of these jobs, in the same order; `None` for a job without a ticket.
    async fn tickets(&self, jobs: &[JobId]) -> Result<Vec<Option<TicketState>>, BrokerError>;

    /// State of the job's ticket, if it has one.
    async fn ticket(&self, job: JobId) -> Result<Option<TicketState>, BrokerError> {
        Ok(self.tickets(&[job]).await?.pop().flatten())
    }

    /// Position in the queue (1 is next), if the ticket waits.
    async fn position(&self, job: JobId) -> Result<Option<u64>, BrokerError>;

    /// Returns tickets with expired leases to the queue (or makes them dead letters when their attempts are
    /// exhausted) and releases delayed tickets that are due. An expired lease counts as a failed attempt; until
    /// this call it is still valid. Returns all jobs that became dead letters since the last call, and after a
    /// start all dead letters, because an earlier process may have died before it handled them. The reconciler
    /// calls this about once a second.
    async fn expire_leases(&self) -> Result<Vec<JobId>, BrokerError>;

    /// Statistics for operators and autoscalers.
    async fn stats(&self) -> Result<QueueStats, BrokerError>;

    /// Active workers in the order of their names: those that claimed or renewed within one lease time. A
    /// worker that claims for its pools separately is listed once, with all its pools and its latest offers.
    async fn workers(&self) -> Result<Vec<Claimant>, BrokerError>;

    /// Publishes an event to the subscribers of the job. `seq` grows within the job. An event whose `seq` is
    /// not greater than the last one comes from an attempt that lost its lease, and is dropped.
    /// [`JobEvent::Finished`] is never dropped as late: if necessary it gets the next `seq`, because a process
    /// that ends a job between attempts does not know the last `seq`. Best effort: the record is the source of
    /// truth.
    async fn publish(&self, job: JobId, event: Event);

    /// Stream of the job's events after `after` (`None`: from the first stored event), first the stored ones,
    /// then new ones, until [`JobEvent::Finished`]. For an unknown job (finished long ago, or never started)
    /// the stream stays silent until an event is published. Subscribe first, then read the record.
    async fn events(&self, job: JobId, after: Option<Seq>) -> Result<EventStream, BrokerError>;

    /// Makes this process the leader of all processes that share the queue for `term`, unless another process
    /// is the leader. The leader does work that one process is enough for, and calls again well before its term
    /// ends. The process of an embedded engine is always the leader.
    async fn lead(&self, term: Duration) -> Result<bool, BrokerError>;

    /// Ends the leadership of this process, so that another process can take over at once.
    async fn resign(&self) -> Result<(), BrokerError>;

    /// Duration of a lease without renewal.
    fn lease_time(&self) -> Duration;
}

impl Ticket {
    /// Makes the ticket of this job.
    pub fn for_job(job: &Job, enqueued_at: Timestamp) -> Self {
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
    /// Whether it serves this pool and offers an accepted toolchain of this language.
    pub(crate) fn can_run(
        &self,
        pool: PoolKind,
        language: &LanguageId,
        accepts: impl Fn(&ToolchainInfo) -> bool,
    ) -> bool {
        let fits = |offer: &ToolchainInfo| offer.language == *language && accepts(offer);
        self.pools.iter().any(|(own, _)| *own == pool) && self.offers.iter().any(fits)
    }
}

impl Claim {
    /// The first event of this attempt.
    pub fn started_event(&self) -> Event {
        let attempt = self.attempt.number;
        Event { seq: Seq::of(attempt, 0), event: JobEvent::Started { attempt } }
    }
}
