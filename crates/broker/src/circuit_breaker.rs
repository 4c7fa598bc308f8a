//! Circuit breaker for a queue: calls fail at once while the queue is unavailable.
//!
//! Only [`BrokerError::Unavailable`] counts as a failure. A queue that is full or returns another error is
//! available.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use model::{Event, JobId, QueueStats, Seq};
use traffic::{Breaker, BreakerSettings, Permit};

use crate::{
    AbandonOutcome, AbandonReason, Attempt, Broker, BrokerError, CancelOutcome, Claim, Claimant, Clock,
    Control, Delivery, EventStream, RenewOutcome, SettleOutcome, Ticket, TicketState,
};

/// A queue behind a circuit breaker. Each process has its own breaker.
pub struct CircuitBreakerBroker {
    inner: Arc<dyn Broker>,
    breaker: Breaker,
    clock: Clock,
}

impl CircuitBreakerBroker {
    /// Puts a circuit breaker before the queue.
    pub fn new(inner: Arc<dyn Broker>, settings: BreakerSettings, clock: Clock) -> Self {
        Self { inner, breaker: Breaker::new("broker", settings), clock }
    }

    fn acquire(&self, step: &'static str) -> Result<Permit<'_>, BrokerError> {
        let open = |source| BrokerError::Unavailable { step, source: Box::new(source) };
        self.breaker.acquire(self.clock.now()).map_err(open)
    }

    /// Records the result of a call with the breaker.
    fn record<T>(&self, permit: Permit<'_>, answer: Result<T, BrokerError>) -> Result<T, BrokerError> {
        match &answer {
            Err(BrokerError::Unavailable { .. }) => permit.record_failure(self.clock.now()),
            // A closed queue says nothing about its availability.
            Err(BrokerError::Closed) => drop(permit),
            Ok(_)
            | Err(BrokerError::Full { .. } | BrokerError::Storage { .. } | BrokerError::Address { .. }) => {
                permit.record_success();
            }
        }
        answer
    }
}

/// Calls a method of the queue through the breaker.
macro_rules! guarded {
    ($self:ident, $step:literal, $method:ident($($argument:expr),*)) => {{
        let permit = $self.acquire($step)?;
        let answer = $self.inner.$method($($argument),*).await;
        $self.record(permit, answer)
    }};
}

#[async_trait]
impl Broker for CircuitBreakerBroker {
    async fn enqueue(&self, ticket: Ticket) -> Result<u64, BrokerError> {
        guarded!(self, "enqueue", enqueue(ticket))
    }

    /// A claim waits for work without a limit, so as a probe it would keep the circuit half open. A quick call
    /// is made before it as the probe, and a successful claim is not recorded.
    async fn claim(&self, claimant: &Claimant, max: usize) -> Result<Vec<Claim>, BrokerError> {
        if self.breaker.circuit(self.clock.now()) != traffic::CircuitState::Closed {
            self.stats().await?;
        }
        let permit = self.acquire("claim")?;
        match self.inner.claim(claimant, max).await {
            Ok(claims) => Ok(claims),
            Err(error) => self.record(permit, Err(error)),
        }
    }

    async fn renew(&self, attempts: &[Attempt]) -> Result<Vec<RenewOutcome>, BrokerError> {
        guarded!(self, "renew", renew(attempts))
    }

    async fn settle(&self, attempt: &Attempt) -> Result<SettleOutcome, BrokerError> {
        guarded!(self, "settle", settle(attempt))
    }

    async fn abandon(&self, attempt: &Attempt, reason: AbandonReason) -> Result<AbandonOutcome, BrokerError> {
        guarded!(self, "abandon", abandon(attempt, reason))
    }

    async fn cancel(&self, job: JobId) -> Result<CancelOutcome, BrokerError> {
        guarded!(self, "cancel", cancel(job))
    }

    async fn control(&self, job: JobId, message: Control) -> Result<Delivery, BrokerError> {
        guarded!(self, "control", control(job, message))
    }

    async fn tickets(&self, jobs: &[JobId]) -> Result<Vec<Option<TicketState>>, BrokerError> {
        guarded!(self, "look up tickets", tickets(jobs))
    }

    async fn position(&self, job: JobId) -> Result<Option<u64>, BrokerError> {
        guarded!(self, "look up a position", position(job))
    }

    async fn expire_leases(&self) -> Result<Vec<JobId>, BrokerError> {
        guarded!(self, "expire leases", expire_leases())
    }

    async fn stats(&self) -> Result<QueueStats, BrokerError> {
        guarded!(self, "count", stats())
    }

    async fn workers(&self) -> Result<Vec<Claimant>, BrokerError> {
        guarded!(self, "list workers", workers())
    }

    /// Best effort: the record contains what is not published now.
    async fn publish(&self, job: JobId, event: Event) {
        if self.breaker.circuit(self.clock.now()) != traffic::CircuitState::Open {
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
    /// Delay before a retry, if the queue is unavailable: the breaker's, or else a short default.
    pub fn retry_after(&self) -> Option<Duration> {
        const DEFAULT_RETRY_AFTER: Duration = Duration::from_secs(2);
        let Self::Unavailable { source, .. } = self else { return None };
        Some(
            source
                .downcast_ref::<traffic::CircuitOpen>()
                .map_or(DEFAULT_RETRY_AFTER, |open| open.retry_after),
        )
    }
}
