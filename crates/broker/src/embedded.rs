//! Embedded engine: an index in memory with a journal in SQLite, for one process.
//!
//! One task, the queue actor, owns both. It takes all waiting commands, applies them to the index one after the
//! other, writes the changes to the journal in one transaction, and replies only then. Operations of the
//! [`Broker`] are atomic because no other task touches the index, and durable because every reply comes after
//! the journal write.
//!
//! *Durable* means: it survives `kill -9` of the process at any moment. The journal is not flushed to the disk
//! at each commit (`synchronous=NORMAL`), so a power loss may undo its last moments. This is intended: the
//! records are flushed, and the reconciler enqueues again every job that the journal lost. A settled ticket may
//! also come back; its record is final, so nothing is left to do.
//!
//! The data folder belongs to one process (see `store::DataLock`). A ticket that was leased when the journal is
//! opened was therefore leased by a dead process: it waits again at once, and the lease counts as a failed
//! attempt.

mod events;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod fuzzing;
mod index;
mod journal;
mod lanes;
mod queue_actor;
mod row;
mod ticket_entry;
mod worker_presence;

use std::{path::Path, sync::Arc, time::Duration};

use async_trait::async_trait;
use model::{Event, JobId, QueueStats, Seq, Timestamp};
use tokio::sync::{mpsc, oneshot};

use self::{
    events::EventLogs,
    index::Index,
    journal::Journal,
    queue_actor::{Command, PendingClaim, QueueActor, journal_error},
};
use crate::{
    AbandonOutcome, AbandonReason, Attempt, Broker, BrokerError, CancelOutcome, Claim, Claimant, Clock,
    Control, Delivery, EmbeddedSettings, EventStream, RenewOutcome, SettleOutcome, Ticket, TicketState,
    metrics,
};

/// The queue of one process. It ends when the last handle is dropped; [`EmbeddedBroker::close`] shuts it down
/// in order.
pub struct EmbeddedBroker {
    commands: mpsc::UnboundedSender<Command>,
    events: Arc<EventLogs>,
    clock: Clock,
    lease_time: Duration,
}

impl EmbeddedBroker {
    /// Opens `queue.db` in this folder (creates both if missing) and starts the queue actor.
    pub async fn open(dir: &Path, settings: EmbeddedSettings) -> Result<Self, BrokerError> {
        metrics::describe();
        let mut journal = Journal::open(dir).await.map_err(journal_error("open its journal"))?;
        let rows = journal.load().await.map_err(journal_error("read its journal"))?;
        let EmbeddedSettings { lease_time, clock, .. } = settings.clone();
        let events = Arc::new(EventLogs::new(settings.events));
        let mut index = Index::restore(&settings, rows);
        journal.write(&mut index).await.map_err(journal_error("write its journal"))?;

        let (commands, inbox) = mpsc::unbounded_channel();
        let actor = QueueActor::new(index, journal, clock.clone(), commands.downgrade());
        tokio::spawn(actor.run(inbox));
        Ok(Self { commands, events, clock, lease_time })
    }

    /// Completes pending commands, then closes the journal. Every later operation and every waiting claim fails
    /// with [`BrokerError::Closed`].
    pub async fn close(&self) {
        let (done, closed) = oneshot::channel();
        if self.commands.send(Command::Close(done)).is_ok() {
            // An error means that another close came first.
            let _ = closed.await;
        }
    }

    /// Updates the index through the queue actor; the change is journaled on return.
    async fn update<T: Send + 'static>(
        &self,
        step: &'static str,
        work: impl FnOnce(&mut Index, Timestamp) -> T + Send + 'static,
    ) -> Result<T, BrokerError> {
        let (reply, response) = oneshot::channel();
        let command = Command::Update(Box::new(move |index, now| {
            let value = work(index, now);
            // Here and below: a caller that has gone away needs no reply.
            Box::new(move |journaled| {
                drop(reply.send(journaled.map(|()| value).map_err(journal_error(step))));
            })
        }));
        self.commands.send(command).map_err(|_| BrokerError::Closed)?;
        response.await.unwrap_or(Err(BrokerError::Closed))
    }

    /// Reads from the index through the queue actor. Works even while the journal cannot be written.
    async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Index, Timestamp) -> T + Send + 'static,
    ) -> Result<T, BrokerError> {
        let (reply, response) = oneshot::channel();
        let command = Command::Read(Box::new(move |index, now| drop(reply.send(work(index, now)))));
        self.commands.send(command).map_err(|_| BrokerError::Closed)?;
        response.await.map_err(|_| BrokerError::Closed)
    }
}

#[async_trait]
impl Broker for EmbeddedBroker {
    async fn enqueue(&self, ticket: Ticket) -> Result<u64, BrokerError> {
        self.update("enqueue a ticket", |index, _| index.enqueue(ticket)).await?
    }

    async fn claim(&self, claimant: &Claimant, max: usize) -> Result<Vec<Claim>, BrokerError> {
        if max == 0 {
            return Ok(Vec::new());
        }
        let (reply, response) = oneshot::channel();
        let command = Command::Claim(PendingClaim { claimant: claimant.clone(), max, reply });
        self.commands.send(command).map_err(|_| BrokerError::Closed)?;
        // Until `accept` runs, dropping this future (or the reply on its way to it) gives the leases back.
        Ok(response.await.unwrap_or(Err(BrokerError::Closed))?.accept())
    }

    async fn renew(&self, attempts: &[Attempt]) -> Result<Vec<RenewOutcome>, BrokerError> {
        let attempts = attempts.to_vec();
        self.read(move |index, now| attempts.iter().map(|attempt| index.renew(attempt, now)).collect()).await
    }

    async fn settle(&self, attempt: &Attempt) -> Result<SettleOutcome, BrokerError> {
        let attempt = attempt.clone();
        self.update("settle a ticket", move |index, _| index.settle(&attempt)).await
    }

    async fn abandon(&self, attempt: &Attempt, reason: AbandonReason) -> Result<AbandonOutcome, BrokerError> {
        let attempt = attempt.clone();
        self.update("abandon an attempt", move |index, now| index.abandon(&attempt, &reason, now)).await
    }

    async fn cancel(&self, job: JobId) -> Result<CancelOutcome, BrokerError> {
        self.update("cancel a ticket", move |index, _| index.cancel(job)).await
    }

    async fn control(&self, job: JobId, message: Control) -> Result<Delivery, BrokerError> {
        if message == Control::Cancel {
            return self.read(move |index, _| index.send_cancel(job)).await;
        }
        let Some(inbox) = self.read(move |index, _| index.inbox(job)).await? else {
            return Ok(Delivery::NotRunning);
        };
        // Waits while the inbox is full: a sender that is faster than the program is slowed down.
        Ok(inbox.send(message).await.map_or(Delivery::NotRunning, |()| Delivery::Delivered))
    }

    async fn tickets(&self, jobs: &[JobId]) -> Result<Vec<Option<TicketState>>, BrokerError> {
        let jobs = jobs.to_vec();
        self.read(move |index, _| jobs.iter().map(|job| index.state(*job)).collect()).await
    }

    async fn position(&self, job: JobId) -> Result<Option<u64>, BrokerError> {
        self.read(move |index, _| index.position(job)).await
    }

    async fn expire_leases(&self) -> Result<Vec<JobId>, BrokerError> {
        self.events.evict(self.clock.now());
        metrics::count_expired(self.update("expire leases", Index::expire_leases).await?);
        // Only now: if the journal write above fails, the dead letters are reported by the next call.
        self.read(|index, _| index.take_deaths()).await
    }

    async fn stats(&self) -> Result<QueueStats, BrokerError> {
        self.read(|index, now| index.stats(now)).await
    }

    async fn workers(&self) -> Result<Vec<Claimant>, BrokerError> {
        self.read(|index, now| index.workers(now)).await
    }

    async fn publish(&self, job: JobId, event: Event) {
        self.events.publish(job, event, self.clock.now());
    }

    async fn events(&self, job: JobId, after: Option<Seq>) -> Result<EventStream, BrokerError> {
        Ok(self.events.subscribe(job, after, self.clock.now()))
    }

    /// The data folder belongs to this process, and so does the queue.
    async fn lead(&self, _: Duration) -> Result<bool, BrokerError> {
        if self.commands.is_closed() { Err(BrokerError::Closed) } else { Ok(true) }
    }

    async fn resign(&self) -> Result<(), BrokerError> {
        Ok(())
    }

    fn lease_time(&self) -> Duration {
        self.lease_time
    }
}
