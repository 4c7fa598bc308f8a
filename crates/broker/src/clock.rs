//! Where the queue gets the time from.

use std::{fmt, sync::Arc, time::Instant};

use model::Timestamp;

/// Tells the time. An argument of the engine, so that leases and delays are tested without sleeping.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Timestamp + Send + Sync>);

impl Clock {
    /// A clock that asks this function.
    pub fn new(now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// The system's clock as it is now, running on evenly from there: when an operator or NTP sets the system's clock, no
    /// lease ends early or lasts forever.
    pub fn steady() -> Self {
        let (epoch, start) = (Timestamp::now(), Instant::now());
        Self::new(move || epoch.plus(start.elapsed()))
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        (self.0)()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Clock").field(&self.now()).finish()
    }
}
