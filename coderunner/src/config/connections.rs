//! `[connections]`: maximum number of connections, and their timeouts.

use std::{net::SocketAddr, time::Duration};

use gateway::{AllowedHosts, ConnectionSettings, InvalidHost};

use super::{Config, Throttle, allowed::Optional, setting::settings};
use crate::roles::Role;

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
        /// Clients behind a trusted proxy are counted by their requests in progress. Networks in `traffic.exempt` are not
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
    fn max_within(&self, room: usize) -> usize {
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

/// Default maximum: each connection needs some memory.
const DEFAULT_MAX: usize = 16_384;
/// Minimum number of connections, for every limit of open files.
const MIN_CONNECTIONS: usize = 16;
/// Descriptors of the process itself: records, queue, objects, engines elsewhere, clients that are being refused.
const PROCESS_DESCRIPTORS: usize = 192;
/// Descriptors of a worker: open large test data, and libraries.
const WORKER_DESCRIPTORS: usize = worker::MAX_CACHED_FILES + 64;
/// Descriptors of each slot: connection, log and template of the launcher, three pipes, input and output files.
const SLOT_DESCRIPTORS: usize = 24;

impl Config {
    /// Number of connections that fit into this limit of open files.
    fn room_for_connections(&self, files: usize) -> usize {
        let slots = if self.roles.has(Role::Worker) {
            WORKER_DESCRIPTORS + SLOT_DESCRIPTORS * usize::try_from(self.worker.slots).unwrap_or(usize::MAX)
        } else {
            0
        };
        let passes_on = self.roles.has(Role::Gateway)
            && !(self.roles.has(Role::Execution) && self.roles.has(Role::Problems));
        let left = files.saturating_sub(PROCESS_DESCRIPTORS + slots + self.connections.max_admin);
        // Each that is passed on is two.
        let room = if passes_on { left / 2 } else { left };
        let most = self.connections.max.unwrap_or(DEFAULT_MAX);
        room.clamp(MIN_CONNECTIONS, most.max(DEFAULT_MAX))
    }

    /// Settings of the API's listener, for this limit of open files.
    pub(crate) fn connection_settings(&self, files: usize) -> ConnectionSettings {
        let connections = &self.connections;
        let is_limited = self.limits == Throttle::On && connections.max_per_client > 0;
        ConnectionSettings {
            max: connections.max_within(self.room_for_connections(files)),
            max_per_client: is_limited.then_some(connections.max_per_client),
            exempt: self.traffic.exempt.clone().into(),
            trusted_proxies: self.gateway.trusted_proxies.clone().into(),
            ..self.base_settings("api")
        }
    }

    /// Settings of the operators' listener.
    pub(crate) fn admin_connection_settings(&self) -> ConnectionSettings {
        ConnectionSettings {
            max: self.connections.max_admin,
            max_per_client: None,
            ..self.base_settings("admin")
        }
    }

    fn base_settings(&self, listener: &'static str) -> ConnectionSettings {
        let ConnectionsConfig { head_seconds, body_seconds, idle_seconds, write_seconds, .. } =
            self.connections;
        ConnectionSettings {
            listener,
            head: Duration::from_secs(head_seconds),
            body: Duration::from_secs(body_seconds),
            idle: Duration::from_secs(idle_seconds),
            write: Duration::from_secs(write_seconds),
            ..ConnectionSettings::default()
        }
    }

    /// The names that a listener at this address answers to.
    pub(crate) fn hosts_at(&self, listener: SocketAddr) -> Result<AllowedHosts, InvalidHost> {
        AllowedHosts::for_listener(listener.ip(), &self.gateway.hosts)
    }
}

#[cfg(test)]
mod tests {
    use super::{super::load::refuse, *};

    /// A configuration with all that roles apart need.
    fn config(text: &str) -> Config {
        const SHARED: &str = "broker.url = \"redis://a\"\nrecords.url = \"postgres://a/b\"\nobjects.url = \"s3://bucket\"\n\
                              gateway.upstreams = { execution = \"http://a:1\", problems = \"http://a:1\" }\n";
        Config::parse_valid(&format!("{SHARED}{text}"))
    }

    #[test]
    fn descriptors_are_kept_back_for_programs() {
        let room = |text: &str, files| config(text).room_for_connections(files);
        assert_eq!(room("", 1_048_576), 16_384, "no more than is sensible");
        let with_eight = room("", 1024);
        assert!((256..512).contains(&with_eight), "{with_eight}");
        assert_eq!(room("[worker]\nslots = 1", 1024) - with_eight, 7 * SLOT_DESCRIPTORS);
        assert_eq!(room("roles = \"execution\"", 1024), 1024 - PROCESS_DESCRIPTORS - 64, "without a worker");
        assert_eq!(
            room("roles = \"gateway\"", 1024),
            (1024 - PROCESS_DESCRIPTORS - 64) / 2,
            "two for each that is passed on"
        );
        assert_eq!(room("[connections]\nmax = 50000", 100_000), 50_000, "who asks for more gets it");
        assert_eq!(room("", 64), MIN_CONNECTIONS);
    }

    #[test]
    fn what_is_configured_holds_where_there_is_room() {
        let most = |text: &str, files| config(text).connection_settings(files).max;
        assert_eq!(most("[connections]\nmax = 20", 1_000_000), 20);
        assert!(most("[connections]\nmax = 5000", 1024) < 512, "there is no room for as many");
    }

    #[test]
    fn clients_are_counted_unless_limits_are_off() {
        let most = |text: &str| config(text).connection_settings(4096).max_per_client;
        assert_eq!(most(""), Some(100));
        assert_eq!(most("[connections]\nmax_per_client = 0"), None);
        assert_eq!(most("limits = \"off\""), None);
    }

    #[test]
    fn what_makes_no_sense_is_refused_by_name() {
        for (setting, value) in [
            ("max", 0),
            ("max_admin", 0),
            ("max_per_client", 1_000_001),
            ("head_seconds", 0),
            ("body_seconds", 0),
            ("idle_seconds", 3601),
            ("write_seconds", 0),
        ] {
            refuse(&format!("[connections]\n{setting} = {value}"), &format!("connections.{setting} must be"));
        }
        refuse("[gateway]\nhosts = [\"http://a.example\"]", "gateway.hosts");
    }
}
