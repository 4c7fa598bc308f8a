//! Traffic control: rate limits, load shedding, circuit breakers and backoff.
//!
//! All decisions are pure functions of the time: the rate limit of a caller ([`Decision`]), load shedding
//! ([`LoadShedder`]), the state of a circuit ([`Breaker`]), the delay after an error ([`Backoff`]). Around them
//! are the counts of this process ([`LocalLimiter`]), the counts that processes share in Redis
//! ([`SharedLimiter`]), and both with a breaker between them ([`Limiter`]).
//!
//! The identity of a caller and the class of a request are determined elsewhere (see the gateway).
//!
//! Invariant: both limiters make the same decisions and never admit more than a [`Rule`] allows;
//! `tests/limiters.rs` tests both.

mod address;
mod backoff;
mod breaker;
mod limiter;
mod load_shedding;
mod local_limiter;
mod plan;
mod quota;
mod rate_counter;
mod rule;
mod shared_limiter;

pub use address::{caller_key, subscriber_network};
pub use backoff::Backoff;
pub use breaker::{Breaker, BreakerSettings, CircuitOpen, CircuitState, Permit};
pub use limiter::Limiter;
pub use load_shedding::{LoadShedder, ShedLevel, ShedSettings};
pub use local_limiter::LocalLimiter;
pub use plan::{Class, Plan, Plans};
pub use quota::Quota;
pub use rate_counter::{Admission, Decision, LimitStatus};
pub use rule::{InvalidRule, Rule};
pub use shared_limiter::{ClockSource, SharedError, SharedLimiter};

/// Registers the metrics of this crate with their descriptions. May be called repeatedly.
pub fn describe() {
    breaker::describe();
    limiter::describe();
}
