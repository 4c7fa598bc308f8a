//! The queue: what it promises ([`Broker`]), and two engines that keep the promise: one inside a single process
//! ([`EmbeddedBroker`]), one for many processes ([`RedisBroker`]).
//!
//! The broker is an index over the records in the store: it decides who runs what next, and tells who waits. It never
//! holds a program or a result, and whatever it loses can be enqueued again from the records.

mod clock;
mod contract;
mod counts;
mod embedded;
mod filing;
#[cfg(any(test, feature = "fuzzing"))]
#[doc(hidden)]
pub mod fuzzing {
    pub use crate::embedded::fuzzing::journal;
}
mod guarded;
mod log;
mod redis;
mod retry;
mod tally;
mod turn;

pub use clock::Clock;
pub use contract::{
    Abandoned, Abandonment, Attempt, Broker, BrokerError, Cancel, Claim, Claimant, Control, Delivery,
    EventStream, Renewal, Settled, Ticket, TicketState,
};
pub use embedded::{EmbeddedBroker, EmbeddedSettings, EventSettings};
pub use guarded::Guarded;
pub use redis::{RedisBroker, RedisSettings};
pub use retry::{Retry, RetryPolicy};
pub use turn::AGING;
