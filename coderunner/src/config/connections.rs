//! `[connections]`: maximum number of connections, and their timeouts.

use gateway::ConnectionSettings;

use super::{allowed::Optional, setting::settings};

/// More than a machine has.
const MAX: usize = 1_000_000;
/// An hour.
const LONGEST_SECONDS: u64 = 3_600;

settings! {
    /// Connections of clients.
    pub(crate) struct ConnectionsConfig {
        /// Maximum number of open connections. By default as many as the limit of open files allows (`ulimit -n`) after a reserve
        /// for programs, at most 16384.
        #[former = "most"]
        max: Option<usize> = None, Optional(1..=MAX);
        /// Maximum number of open connections of one client: an address of `IPv4`, or a /64 of `IPv6`; 0 means no such limit.
        /// One client never gets more than half of all connections. Clients behind a trusted proxy are counted by their requests in
        /// progress. Networks in `traffic.exempt` are not
        /// counted.
        #[former = "most_per_client"]
        max_per_client: usize = ConnectionSettings::default().max_per_client.unwrap_or(0), ..=MAX;
        /// Maximum number of open connections on the listener for operators.
        #[former = "most_admin"]
        max_admin: usize = 64, 1..=MAX;
        /// Time limit for the head of a request, in seconds.
        head_seconds: u64 = ConnectionSettings::default().head.as_secs(), 1..=LONGEST_SECONDS;
        /// Time limit for the body of a request to arrive, in seconds.
        body_seconds: u64 = ConnectionSettings::default().body.as_secs(), 1..=LONGEST_SECONDS;
        /// Time that a connection may be idle between two requests, in seconds. Longer than a proxy in front keeps it.
        idle_seconds: u64 = ConnectionSettings::default().idle.as_secs(), 1..=LONGEST_SECONDS;
        /// Time in which a client reads nothing of a waiting response before the connection is closed, in seconds.
        write_seconds: u64 = ConnectionSettings::default().write.as_secs(), 1..=LONGEST_SECONDS;
    }
}

impl ConnectionsConfig {
    /// Maximum number of open connections, if the limit of open files permits it.
    pub(super) fn max_within(&self, room: usize) -> usize {
        match self.max {
            Some(most) if most > room => {
                tracing::warn!(
                    most,
                    room,
                    "connections.max is more than the limit of open files has room for, so fewer are taken: raise the limit (ulimit -n)"
                );
                room
            }
            Some(most) => most,
            None => room,
        }
    }
}
