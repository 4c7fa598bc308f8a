//! The queue: what it promises ([`Broker`]), and the engine that keeps the promise inside one process
//! ([`EmbeddedBroker`]).
//!
//! The broker is an index over the records in the store: it decides who runs what next, and tells who waits. It never
//! holds a program or a result, and whatever it loses can be enqueued again from the records.

mod clock;
mod contract;
mod embedded;
#[cfg(any(test, feature = "fuzzing"))]
#[doc(hidden)]
pub mod fuzzing {
    pub use crate::embedded::fuzzing::journal;
}
mod guarded;
mod retry;

pub use clock::Clock;
pub use contract::{
    Abandoned, Abandonment, Attempt, Broker, BrokerError, Cancel, Claim, Claimant, Control, Delivery,
    EventStream, Renewal, Settled, Ticket, TicketState,
};
pub use embedded::{EmbeddedBroker, EmbeddedSettings, EventSettings};
pub use guarded::Guarded;
pub use retry::{Retry, RetryPolicy};
