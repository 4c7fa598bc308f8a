//! A queue behind a circuit breaker: while it is away nobody waits for it, and everybody is told at once.
//!
//! Only that it is away counts as a failure ([`BrokerError::Unavailable`]): a queue that is full, or that refuses for any other
//! reason, is there.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use model::{Event, JobId, QueueStats, Seq};
use traffic::{Breaker, BreakerSettings, Permit};

use crate::{
    Abandoned, Abandonment, Attempt, Broker, BrokerError, Cancel, Claim, Claimant, Clock, Control, Delivery,
    EventStream, Renewal, Settled, Ticket, TicketState,
};

/// Any queue, with a breaker before it. Each process has one of its own.
pub struct Guarded {
    inner: Arc<dyn Broker>,
    breaker: Breaker,
    clock: Clock,
}

impl Guarded {
    /// The same queue, left alone for a while when it keeps failing.
    pub fn new(inner: Arc<dyn Broker>, settings: BreakerSettings, clock: Clock) -> Self {
        Self { inner, breaker: Breaker::new("broker", settings), clock }
    }

    fn ask(&self, step: &'static str) -> Result<Permit<'_>, BrokerError> {
        let open = |source| BrokerError::Unavailable { step, source: Box::new(source) };
        self.breaker.ask(self.clock.now()).map_err(open)
    }

    /// Says what came of it.
    fn told<T>(&self, permit: Permit<'_>, answer: Result<T, BrokerError>) -> Result<T, BrokerError> {
        match &answer {
            Err(BrokerError::Unavailable { .. }) => permit.failed(self.clock.now()),
            // Nobody there will answer any more, which says nothing about anybody else.
            Err(BrokerError::Closed) => drop(permit),
            Ok(_)
            | Err(BrokerError::Full { .. } | BrokerError::Storage { .. } | BrokerError::Address { .. }) => {
                permit.succeeded();
            }
        }
        answer
    }
}

/// Asks the queue by one of its methods.
macro_rules! guarded {
    ($self:ident, $step:literal, $method:ident($($argument:expr),*)) => {{
        let permit = $self.ask($step)?;
        let answer = $self.inner.$method($($argument),*).await;
        $self.told(permit, answer)
    }};
}

#[async_trait]
impl Broker for Guarded {
    async fn enqueue(&self, ticket: Ticket) -> Result<u64, BrokerError> {
        guarded!(self, "enqueue", enqueue(ticket))
    }

    /// A claim waits for work for as long as it takes, so it would hold a probe for as long. Something that is answered at once
    /// goes before it, and its own success says nothing.
    async fn claim(&self, claimant: &Claimant, most: usize) -> Result<Vec<Claim>, BrokerError> {
        if self.breaker.circuit(self.clock.now()) != traffic::Circuit::Closed {
            self.stats().await?;
        }
        let permit = self.ask("claim")?;
        match self.inner.claim(claimant, most).await {
            Ok(claims) => Ok(claims),
            Err(error) => self.told(permit, Err(error)),
        }
    }

    async fn renew(&self, attempts: &[Attempt]) -> Result<Vec<Renewal>, BrokerError> {
        guarded!(self, "renew", renew(attempts))
    }

    async fn settle(&self, attempt: &Attempt) -> Result<Settled, BrokerError> {
        guarded!(self, "settle", settle(attempt))
    }

    async fn abandon(&self, attempt: &Attempt, why: Abandonment) -> Result<Abandoned, BrokerError> {
        guarded!(self, "abandon", abandon(attempt, why))
    }

    async fn cancel(&self, job: JobId) -> Result<Cancel, BrokerError> {
        guarded!(self, "cancel", cancel(job))
    }

    async fn control(&self, job: JobId, message: Control) -> Result<Delivery, BrokerError> {
        guarded!(self, "control", control(job, message))
    }

    async fn tickets(&self, jobs: &[JobId]) -> Result<Vec<Option<TicketState>>, BrokerError> {
        guarded!(self, "look tickets up", tickets(jobs))
    }

    async fn position(&self, job: JobId) -> Result<Option<u64>, BrokerError> {
        guarded!(self, "look a position up", position(job))
    }

    async fn expire(&self) -> Result<Vec<JobId>, BrokerError> {
        guarded!(self, "expire leases", expire())
    }

    async fn stats(&self) -> Result<QueueStats, BrokerError> {
        guarded!(self, "count", stats())
    }

    async fn workers(&self) -> Result<Vec<Claimant>, BrokerError> {
        guarded!(self, "list workers", workers())
    }

    /// Best effort: what cannot be told now is found in the record.
    async fn publish(&self, job: JobId, event: Event) {
        if self.breaker.circuit(self.clock.now()) != traffic::Circuit::Open {
            self.inner.publish(job, event).await;
        }
    }

    async fn events(&self, job: JobId, after: Option<Seq>) -> Result<EventStream, BrokerError> {
        guarded!(self, "follow a job", events(job, after))
    }

    async fn lead(&self, term: Duration) -> Result<bool, BrokerError> {
        guarded!(self, "become the leader", lead(term))
    }

    async fn resign(&self) -> Result<(), BrokerError> {
        guarded!(self, "resign as the leader", resign())
    }

    fn lease_time(&self) -> Duration {
        self.inner.lease_time()
    }
}

impl BrokerError {
    /// When asking again makes sense, if the queue is away: by the breaker before it, or else in a moment.
    pub fn retry_after(&self) -> Option<Duration> {
        const MOMENT: Duration = Duration::from_secs(2);
        let Self::Unavailable { source, .. } = self else { return None };
        Some(source.downcast_ref::<traffic::Open>().map_or(MOMENT, |open| open.retry_after))
    }
}
