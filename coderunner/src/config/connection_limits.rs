//! Limits of connections: as many as there is room for beside programs, and their timeouts.

use std::{net::SocketAddr, time::Duration};

use gateway::{AllowedHosts, ConnectionSettings, InvalidHost};

use super::{choice::Throttle, connections::ConnectionsConfig, root::Config};
use crate::roles::Role;

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
/// Descriptors of each session that waits for input: connection, log and process of the launcher, three pipes. Where files are few, no more than
/// an eighth of them is kept for such sessions.
const WAITING_SESSION_DESCRIPTORS: usize = 6;

impl Config {
    /// Number of connections that fit into this limit of open files.
    fn room_for_connections(&self, files: usize) -> usize {
        let slots = if self.roles.has(Role::Worker) {
            let sessions = usize::try_from(self.sessions()).unwrap_or(usize::MAX);
            let waiting = WAITING_SESSION_DESCRIPTORS.saturating_mul(sessions).min(files / 8);
            WORKER_DESCRIPTORS
                + SLOT_DESCRIPTORS * usize::try_from(self.worker.slots).unwrap_or(usize::MAX)
                + waiting
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
        let max = connections.max_within(self.room_for_connections(files));
        ConnectionSettings {
            max,
            // One client must leave room for others, however few connections there may be.
            max_per_client: is_limited.then(|| connections.max_per_client.min(max.div_ceil(2))),
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
        assert!((128..512).contains(&with_eight), "{with_eight}");
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
        assert_eq!(most(""), Some(400));
        assert_eq!(most("connections.max = 30"), Some(15), "others must have room");
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
