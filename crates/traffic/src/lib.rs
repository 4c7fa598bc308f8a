//! How much may come: limits on rates, shedding of load, and what is not asked while it fails.
//!
//! Everything that decides is pure and takes the time it is: what a caller's requests count ([`Decision`]), when load is shed
//! ([`Shedder`]), whether a circuit is closed ([`Breaker`]), how long to wait after an error ([`Backoff`]). Around it
//! are the counts in this process ([`LocalLimiter`]), the counts that processes share in Redis ([`SharedLimiter`]), and both with a
//! breaker between them ([`Limiter`]).
//!
//! Who is calling, and what is a request of which class, is not known here.
//!
//! Invariant: both limiters decide alike, and never admit more than a [`Rule`] promises; `tests/limiters.rs` tries both.

mod address;
mod backoff;
mod breaker;
mod count;
mod limiter;
mod local;
mod plan;
mod quota;
mod rule;
mod shared;
mod shed;

pub use address::{caller_at, subscriber_at};
pub use backoff::Backoff;
pub use breaker::{Breaker, BreakerSettings, Circuit, Open, Permit};
pub use count::{Admission, Decision, Standing};
pub use limiter::Limiter;
pub use local::LocalLimiter;
pub use plan::{Class, Plan, Plans};
pub use quota::Quota;
pub use rule::{BadRule, Rule};
pub use shared::{SharedError, SharedLimiter, TimeOf};
pub use shed::{ShedSettings, Shedder, Shedding};

/// Tells what the metrics of this crate mean to whoever collects them. Any number of times is fine.
pub fn describe() {
    breaker::describe();
    limiter::describe();
}
