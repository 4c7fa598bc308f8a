//! What an installation sends. Defaults here, values from its configuration.

use std::time::Duration;

use model::AddressRule;

use crate::Secret;

/// The settings of webhooks.
#[derive(Debug, Clone)]
pub struct Settings {
    /// What messages are signed with.
    pub secret: Secret,
    /// Which addresses are called.
    pub addresses: AddressRule,
    /// How often a message is tried to be sent, the first time included.
    pub attempts: u32,
    /// How long after the first failure it is sent again; each further pause is six times as long, and none longer than six hours.
    pub first_pause: Duration,
    /// How long one try may take, from the name to the status of the answer.
    pub timeout: Duration,
    /// How many are sent at once.
    pub concurrent: usize,
    /// How often it is looked whether there is something to send.
    pub poll: Duration,
}

impl Settings {
    /// The usual, signed with this.
    pub fn signed_with(secret: Secret) -> Self {
        Self {
            secret,
            addresses: AddressRule::default(),
            attempts: 6,
            first_pause: Duration::from_secs(5),
            timeout: Duration::from_secs(10),
            concurrent: 8,
            poll: Duration::from_millis(500),
        }
    }
}
