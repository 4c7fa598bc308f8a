//! Clock of the queue: the system time, made steady, or a time set by tests.

use std::{fmt, sync::Arc, time::Instant};

use model::Timestamp;

/// Source of the current time. An argument of the engines, so that leases and delays are tested without
/// sleeping.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Timestamp + Send + Sync>);

impl Clock {
    /// A clock that calls this function.
    pub fn new(now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// The system time at this moment, advanced by a monotonic clock: a later change of the system clock (by an
    /// operator or NTP) neither shortens nor extends a lease.
    pub fn steady() -> Self {
        let (epoch, start) = (Timestamp::now(), Instant::now());
        Self::new(move || epoch.plus(start.elapsed()))
    }

    /// The current time.
    pub fn now(&self) -> Timestamp {
        (self.0)()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Clock").field(&self.now()).finish()
    }
}
