//! The queue: what it promises ([`Broker`]), and the engine that keeps the promise inside one process.
//!
//! The broker is an index over the records in the store: it decides who runs what next, and tells who waits. It never
//! holds a program or a result, and whatever it loses can be enqueued again from the records.

mod contract;

pub use contract::{
    Abandoned, Abandonment, Attempt, Broker, BrokerError, Cancel, Claim, Claimant, Control, Delivery, EventStream,
    Renewal, Settled, Ticket, TicketState,
};
