//! Connections of a listener: limits in total and per client, and timeouts.
//!
//! A connection uses a descriptor and memory from the moment it is accepted, even without requests. Each wait
//! for a client therefore has a timeout: for a request's head, the next request, a body, and for reading a
//! response. Limiting connections also reserves descriptors for the worker. Connections are counted by client,
//! not by trusted proxy.

mod connection;
mod connection_limits;
mod metrics;
mod rejection;
mod settings;
mod socket_options;
mod timed_body;
mod timed_stream;

pub use self::settings::ConnectionSettings;
pub(crate) use self::{
    connection::{Connection, Connections, ResponseBody, SlotBody},
    connection_limits::ClientSlot,
    metrics::describe,
    rejection::{Rejecter, limit_problem},
    socket_options::set_options,
    timed_body::TimedBody,
    timed_stream::TimedStream,
};
