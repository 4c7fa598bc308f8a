//! Live sessions: programs with a client connected while they run, over a `WebSocket` or, where one is blocked, over HTTP.

pub(crate) mod active_session;
mod connection;
pub(crate) mod frame;
mod heartbeat;
pub(crate) mod http_input;
pub(crate) mod http_start;
mod input_order;
mod pending_input;
mod session_job;
mod session_limit;

pub(crate) use heartbeat::LingeringHeartbeat;
pub(crate) use input_order::InputOrder;
pub(crate) use session_limit::SessionLimit;
