//! The engine for one process: an index in memory, a journal in SQLite.
//!
//! One task (the desk) owns both. It takes whatever orders wait, applies them to the index one after the other, writes
//! what changed to the journal in one transaction, and only then answers. So every operation of the [`Broker`] is atomic
//! because nobody else touches the index, and durable because nobody is answered before the journal.
//!
//! *Durable* means here: it survives `kill -9` of the process at any moment. The journal is not flushed to the disk at
//! each commit (`synchronous=NORMAL`), so a power loss may undo its last moments. That is on purpose: the records are
//! flushed, and the reconciler enqueues again whatever the journal forgot. It may also bring a settled ticket back; the
//! record, being final, then says that nothing is left to do.
//!
//! The data folder belongs to one process (see `store::DataLock`). Hence whatever was leased when the journal is opened
//! was leased to a process that is dead: it waits again at once, and counts as a failed attempt.

mod desk;
mod events;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod fuzzing;
mod index;
mod journal;
mod lanes;
mod roster;
mod row;

use std::{path::Path, sync::Arc, time::Duration};

use async_trait::async_trait;
use model::{Bytes, Event, JobId, QueueStats, Seq, Timestamp};
use tokio::sync::{mpsc, oneshot};

use self::{
    desk::{Claiming, Desk, Order, journal_error},
    events::EventLogs,
    index::Index,
    journal::Journal,
};
use crate::{
    AGING, Abandoned, Abandonment, Attempt, Broker, BrokerError, Cancel, Claim, Claimant, Clock, Control,
    Delivery, EventStream, Renewal, RetryPolicy, Settled, Ticket, TicketState, counts,
};

/// How the embedded engine behaves.
#[derive(Debug, Clone)]
pub struct EmbeddedSettings {
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
    /// Where the time comes from.
    pub clock: Clock,
}

impl Default for EmbeddedSettings {
    fn default() -> Self {
        Self {
            lease_time: Duration::from_secs(30),
            retry: RetryPolicy::default(),
            most_waiting: Some(5_000),
            aging: AGING,
            keep_dead: Duration::from_hours(7 * 24),
            events: EventSettings::default(),
            clock: Clock::steady(),
        }
    }
}

/// What is kept of the events of jobs, for those who come late or come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventSettings {
    /// How long the events of a finished job are kept.
    pub keep_finished: Duration,
    /// Output kept of one job; beyond it the oldest goes.
    pub most_per_job: Bytes,
    /// Memory for the events of all jobs; beyond it those of the longest finished go.
    pub most_in_all: Bytes,
}

impl Default for EventSettings {
    fn default() -> Self {
        Self {
            keep_finished: Duration::from_mins(1),
            most_per_job: Bytes::mib(4),
            most_in_all: Bytes::mib(128),
        }
    }
}

/// The queue of one process. Ends with its last handle; [`EmbeddedBroker::close`] ends it in order.
pub struct EmbeddedBroker {
    orders: mpsc::UnboundedSender<Order>,
    events: Arc<EventLogs>,
    clock: Clock,
    lease_time: Duration,
}

impl EmbeddedBroker {
    /// Opens `queue.db` in this folder (both made if missing) and starts the desk.
    pub async fn open(dir: &Path, settings: EmbeddedSettings) -> Result<Self, BrokerError> {
        counts::describe();
        let mut journal = Journal::open(dir).await.map_err(journal_error("open its journal"))?;
        let rows = journal.load().await.map_err(journal_error("read its journal"))?;
        let EmbeddedSettings { lease_time, clock, .. } = settings.clone();
        let events = Arc::new(EventLogs::new(settings.events));
        let mut index = Index::restore(&settings, rows);
        journal.write(&mut index).await.map_err(journal_error("write its journal"))?;

        let (orders, inbox) = mpsc::unbounded_channel();
        let desk = Desk::new(index, journal, clock.clone(), orders.downgrade());
        tokio::spawn(desk.run(inbox));
        Ok(Self { orders, events, clock, lease_time })
    }

    /// Answers what has been asked, then closes the journal. Whatever is asked from then on, and every waiting claim,
    /// gets [`BrokerError::Closed`].
    pub async fn close(&self) {
        let (done, closed) = oneshot::channel();
        if self.orders.send(Order::Close(done)).is_ok() {
            // An error means that another close came first.
            let _ = closed.await;
        }
    }

    /// Has the desk change the index; journaled when this returns.
    async fn change<T: Send + 'static>(
        &self,
        step: &'static str,
        work: impl FnOnce(&mut Index, Timestamp) -> T + Send + 'static,
    ) -> Result<T, BrokerError> {
        let (asker, answer) = oneshot::channel();
        let order = Order::Work(Box::new(move |index, now| {
            let found = work(index, now);
            // Here and below: an asker who has gone away needs no answer.
            Box::new(move |written| drop(asker.send(written.map(|()| found).map_err(journal_error(step)))))
        }));
        self.orders.send(order).map_err(|_| BrokerError::Closed)?;
        answer.await.unwrap_or(Err(BrokerError::Closed))
    }

    /// Has the desk look something up, which works even while the journal cannot be written.
    async fn look_up<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Index, Timestamp) -> T + Send + 'static,
    ) -> Result<T, BrokerError> {
        let (asker, answer) = oneshot::channel();
        let order = Order::Look(Box::new(move |index, now| drop(asker.send(work(index, now)))));
        self.orders.send(order).map_err(|_| BrokerError::Closed)?;
        answer.await.map_err(|_| BrokerError::Closed)
    }
}

#[async_trait]
impl Broker for EmbeddedBroker {
    async fn enqueue(&self, ticket: Ticket) -> Result<u64, BrokerError> {
        self.change("enqueue a ticket", |index, _| index.enqueue(ticket)).await?
    }

    async fn claim(&self, claimant: &Claimant, most: usize) -> Result<Vec<Claim>, BrokerError> {
        if most == 0 {
            return Ok(Vec::new());
        }
        let (asker, answer) = oneshot::channel();
        let order = Order::Claim(Claiming { claimant: claimant.clone(), most, asker });
        self.orders.send(order).map_err(|_| BrokerError::Closed)?;
        // Until `accept` runs, dropping this future (or the answer on its way to it) gives the leases back.
        Ok(answer.await.unwrap_or(Err(BrokerError::Closed))?.accept())
    }

    async fn renew(&self, attempts: &[Attempt]) -> Result<Vec<Renewal>, BrokerError> {
        let attempts = attempts.to_vec();
        self.look_up(move |index, now| attempts.iter().map(|attempt| index.renew(attempt, now)).collect())
            .await
    }

    async fn settle(&self, attempt: &Attempt) -> Result<Settled, BrokerError> {
        let attempt = attempt.clone();
        self.change("settle a ticket", move |index, _| index.settle(&attempt)).await
    }

    async fn abandon(&self, attempt: &Attempt, why: Abandonment) -> Result<Abandoned, BrokerError> {
        let attempt = attempt.clone();
        self.change("abandon an attempt", move |index, now| index.abandon(&attempt, &why, now)).await
    }

    async fn cancel(&self, job: JobId) -> Result<Cancel, BrokerError> {
        self.change("cancel a ticket", move |index, _| index.cancel(job)).await
    }

    async fn control(&self, job: JobId, message: Control) -> Result<Delivery, BrokerError> {
        if message == Control::Cancel {
            return self.look_up(move |index, _| index.tell_to_stop(job)).await;
        }
        let Some(inbox) = self.look_up(move |index, _| index.inbox(job)).await? else {
            return Ok(Delivery::NotRunning);
        };
        // Waits while the inbox is full: whoever types faster than the program reads is slowed down.
        Ok(inbox.send(message).await.map_or(Delivery::NotRunning, |()| Delivery::Delivered))
    }

    async fn tickets(&self, jobs: &[JobId]) -> Result<Vec<Option<TicketState>>, BrokerError> {
        let jobs = jobs.to_vec();
        self.look_up(move |index, _| jobs.iter().map(|job| index.state(*job)).collect()).await
    }

    async fn position(&self, job: JobId) -> Result<Option<u64>, BrokerError> {
        self.look_up(move |index, _| index.position(job)).await
    }

    async fn expire(&self) -> Result<Vec<JobId>, BrokerError> {
        self.events.tidy(self.clock.now());
        counts::expired(self.change("expire leases", Index::expire).await?);
        // Only now: had the journal failed above, the deaths would be reported the next time.
        self.look_up(|index, _| index.take_deaths()).await
    }

    async fn stats(&self) -> Result<QueueStats, BrokerError> {
        self.look_up(|index, now| index.stats(now)).await
    }

    async fn workers(&self) -> Result<Vec<Claimant>, BrokerError> {
        self.look_up(|index, now| index.workers(now)).await
    }

    async fn publish(&self, job: JobId, event: Event) {
        self.events.publish(job, event, self.clock.now());
    }

    async fn events(&self, job: JobId, after: Option<Seq>) -> Result<EventStream, BrokerError> {
        Ok(self.events.follow(job, after, self.clock.now()))
    }

    /// The folder belongs to this process, and so does the queue.
    async fn lead(&self, _: Duration) -> Result<bool, BrokerError> {
        if self.orders.is_closed() { Err(BrokerError::Closed) } else { Ok(true) }
    }

    async fn resign(&self) -> Result<(), BrokerError> {
        Ok(())
    }

    fn lease_time(&self) -> Duration {
        self.lease_time
    }
}
