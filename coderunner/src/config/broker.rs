//! `[broker]`: the queue, in this process or on a server.

use std::time::Duration;

use super::{secret::SecretUrl, setting::settings};

settings! {
    /// The queue.
    pub(crate) struct BrokerConfig {
        /// Time that a worker holds a job without a heartbeat before another one gets it, in seconds. A shorter time restarts the
        /// jobs of a dead worker sooner; a longer time tolerates longer interruptions of a worker without running its jobs twice.
        /// All processes that share a queue should have the same.
        lease_seconds: u32 = 30, 5..=600;
        /// Address of the queue: `redis://host:port`, or `rediss://` with TLS. By default it is in the data folder.
        url: Option<SecretUrl> = None;
    }
}

impl BrokerConfig {
    /// How long a lease lasts without renewal.
    pub(crate) fn lease_time(&self) -> Duration {
        Duration::from_secs(self.lease_seconds.into())
    }
}
