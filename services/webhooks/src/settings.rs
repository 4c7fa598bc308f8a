//! Settings of webhook delivery, with defaults; the values come from the configuration of the server.

use std::time::Duration;

use model::AddressRule;

use crate::Secret;

/// The settings of webhooks.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Key of the signatures.
    pub secret: Secret,
    /// Addresses that may be called.
    pub addresses: AddressRule,
    /// Maximum number of tries, the first one included.
    pub attempts: u32,
    /// Delay after the first failed try. Each further delay is six times as long, at most six hours.
    pub first_delay: Duration,
    /// Timeout of one try, from resolving the name to the status of the response.
    pub timeout: Duration,
    /// Maximum number of concurrent deliveries.
    pub concurrent: usize,
    /// Interval between polls of the store.
    pub poll_interval: Duration,
}

impl Settings {
    /// The defaults, with this secret.
    pub fn signed_with(secret: Secret) -> Self {
        Self {
            secret,
            addresses: AddressRule::default(),
            attempts: 6,
            first_delay: Duration::from_secs(5),
            timeout: Duration::from_secs(10),
            concurrent: 8,
            poll_interval: Duration::from_millis(500),
        }
    }
}
