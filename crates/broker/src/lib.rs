//! Queue of jobs: one contract ([`Broker`]) with two engines, [`EmbeddedBroker`] for a single process and
//! [`RedisBroker`] for many processes.
//!
//! The queue is an index over the records in the store. It assigns tickets to workers and notifies subscribers.
//! It never holds a program or a result, and everything it loses can be enqueued again from the records.

mod clock;
mod contract;
mod embedded;
mod metrics;
mod version_bucket;
#[cfg(any(test, feature = "fuzzing"))]
#[doc(hidden)]
pub mod fuzzing {
    pub use crate::embedded::fuzzing::journal;
}
mod circuit_breaker;
mod event_log;
mod fair_queue;
mod pool_stats;
mod redis;
mod retry;
mod settings;
mod sync;

pub use circuit_breaker::CircuitBreakerBroker;
pub use clock::Clock;
pub use contract::{
    AbandonOutcome, AbandonReason, Attempt, Broker, BrokerError, CancelOutcome, Claim, Claimant, Control,
    Delivery, EventStream, RenewOutcome, SettleOutcome, Ticket, TicketState,
};
pub use embedded::EmbeddedBroker;
pub use fair_queue::AGING;
pub use redis::RedisBroker;
pub use retry::{RetryDecision, RetryPolicy};
pub use settings::{EmbeddedSettings, EventSettings, RedisSettings};
