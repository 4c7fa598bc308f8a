//! Connections: how many there may be, and how long they may keep the server waiting.

use std::{net::SocketAddr, time::Duration};

use anyhow::Context;
use gateway::{ConnectionSettings, Hosts};
use serde::{Deserialize, Serialize};

use super::{Config, Throttle};
use crate::roles::Role;

/// `[connections]`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ConnectionsConfig {
    /// How many may be open at once. Left out, as many as open files allow (`ulimit -n`) when enough are kept back for programs, at
    /// most 16384.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub most: Option<usize>,
    /// How many one client may have open at once: an address of `IPv4`, or a /64 of `IPv6`; with 0, as many as there may be. Who comes
    /// through a trusted proxy is counted by requests in progress. Networks in `traffic.exempt` are not counted.
    pub most_per_client: usize,
    /// How many may be open at once on the listener for operators.
    pub most_admin: usize,
    /// How many seconds the head of a request may take.
    pub head_seconds: u64,
    /// How many seconds the body of a request may take to arrive.
    pub body_seconds: u64,
    /// How many seconds a connection may stay open between two requests. Longer than a proxy in front keeps it.
    pub idle_seconds: u64,
    /// How many seconds a client may take nothing of an answer that waits for it, before the connection is cut.
    pub write_seconds: u64,
}

impl Default for ConnectionsConfig {
    fn default() -> Self {
        let ConnectionSettings { most_per_client, head, body, idle, write, .. } =
            ConnectionSettings::default();
        Self {
            most: None,
            most_per_client: most_per_client.unwrap_or(0),
            most_admin: 64,
            head_seconds: head.as_secs(),
            body_seconds: body.as_secs(),
            idle_seconds: idle.as_secs(),
            write_seconds: write.as_secs(),
        }
    }
}

impl ConnectionsConfig {
    /// More than a machine has.
    const MOST: usize = 1_000_000;
    /// An hour.
    const LONGEST_SECONDS: u64 = 3_600;

    pub(super) fn check(&self) -> anyhow::Result<()> {
        let most = Self::MOST;
        for (name, value) in [("most", self.most.unwrap_or(most)), ("most_admin", self.most_admin)] {
            anyhow::ensure!((1..=most).contains(&value), "connections.{name} must be between 1 and {most}");
        }
        anyhow::ensure!(
            self.most_per_client <= most,
            "connections.most_per_client must be at most {most}, or 0 for no limit"
        );
        let most = Self::LONGEST_SECONDS;
        for (name, value) in [
            ("head_seconds", self.head_seconds),
            ("body_seconds", self.body_seconds),
            ("idle_seconds", self.idle_seconds),
            ("write_seconds", self.write_seconds),
        ] {
            anyhow::ensure!((1..=most).contains(&value), "connections.{name} must be between 1 and {most}");
        }
        Ok(())
    }

    /// How many may be open, where there is room for so many.
    fn most_of(&self, room: usize) -> usize {
        match self.most {
            Some(most) if most > room => {
                tracing::warn!(
                    most,
                    room,
                    "connections.most is more than the limit of open files has room for, so fewer are taken: raise the limit (ulimit -n)"
                );
                room
            }
            Some(most) => most,
            None => room,
        }
    }
}

/// More are not taken unless asked for: each takes some memory.
const USUAL_MOST: usize = 16_384;
/// Fewer are no use, whatever the limit of open files.
const FEWEST: usize = 16;
/// Descriptors of the process itself: records, queue, objects, engines elsewhere, clients that are being refused.
const OWN: usize = 192;
/// Of a worker: the large data of tests that is kept open, and libraries.
const OF_A_WORKER: usize = worker::MOST_KEPT_FILES + 64;
/// Of each of its slots: connection, log and template of the launcher, three pipes, what goes in and comes out.
const OF_A_SLOT: usize = 24;

impl Config {
    /// How many connections there is room for, with as many open files.
    fn room_for_connections(&self, files: usize) -> usize {
        let slots = if self.roles.has(Role::Worker) {
            OF_A_WORKER + OF_A_SLOT * usize::try_from(self.worker.slots).unwrap_or(usize::MAX)
        } else {
            0
        };
        let passes_on = self.roles.has(Role::Gateway)
            && !(self.roles.has(Role::Execution) && self.roles.has(Role::Problems));
        let left = files.saturating_sub(OWN + slots + self.connections.most_admin);
        // Each that is passed on is two.
        let room = if passes_on { left / 2 } else { left };
        let most = self.connections.most.unwrap_or(USUAL_MOST);
        room.clamp(FEWEST, most.max(USUAL_MOST))
    }

    /// What the listener of the API takes, with so many open files.
    pub(crate) fn connection_settings(&self, files: usize) -> ConnectionSettings {
        let connections = &self.connections;
        let is_limited = self.limits == Throttle::On && connections.most_per_client > 0;
        ConnectionSettings {
            most: connections.most_of(self.room_for_connections(files)),
            most_per_client: is_limited.then_some(connections.most_per_client),
            exempt: self.traffic.exempt.clone().into(),
            trusted_proxies: self.gateway.trusted_proxies.clone().into(),
            ..self.waits("api")
        }
    }

    /// What the listener for operators takes.
    pub(crate) fn admin_connection_settings(&self) -> ConnectionSettings {
        ConnectionSettings { most: self.connections.most_admin, most_per_client: None, ..self.waits("admin") }
    }

    fn waits(&self, listener: &'static str) -> ConnectionSettings {
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
    pub(crate) fn hosts_at(&self, listener: SocketAddr) -> anyhow::Result<Hosts> {
        Hosts::of(listener.ip(), &self.gateway.hosts).context("gateway.hosts")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(text: &str) -> Config {
        toml::from_str(text).expect("a configuration")
    }

    #[test]
    fn descriptors_are_kept_back_for_programs() {
        let room = |text: &str, files| config(text).room_for_connections(files);
        assert_eq!(room("", 1_048_576), 16_384, "no more than is sensible");
        let with_eight = room("", 1024);
        assert!((256..512).contains(&with_eight), "{with_eight}");
        assert_eq!(room("[worker]\nslots = 1", 1024) - with_eight, 7 * OF_A_SLOT);
        assert_eq!(room("roles = \"execution\"", 1024), 1024 - OWN - 64, "without a worker");
        assert_eq!(
            room("roles = \"gateway\"", 1024),
            (1024 - OWN - 64) / 2,
            "two for each that is passed on"
        );
        assert_eq!(room("[connections]\nmost = 50000", 100_000), 50_000, "who asks for more gets it");
        assert_eq!(room("", 64), FEWEST);
    }

    #[test]
    fn what_is_configured_holds_where_there_is_room() {
        let most = |text: &str, files| config(text).connection_settings(files).most;
        assert_eq!(most("[connections]\nmost = 20", 1_000_000), 20);
        assert!(most("[connections]\nmost = 5000", 1024) < 512, "there is no room for as many");
    }

    #[test]
    fn clients_are_counted_unless_limits_are_off() {
        let most = |text: &str| config(text).connection_settings(4096).most_per_client;
        assert_eq!(most(""), Some(100));
        assert_eq!(most("[connections]\nmost_per_client = 0"), None);
        assert_eq!(most("limits = \"off\""), None);
    }

    #[test]
    fn what_makes_no_sense_is_refused_by_name() {
        for (setting, value) in [
            ("most", 0),
            ("most_admin", 0),
            ("most_per_client", 1_000_001),
            ("head_seconds", 0),
            ("body_seconds", 0),
            ("idle_seconds", 3601),
            ("write_seconds", 0),
        ] {
            let error = config(&format!("[connections]\n{setting} = {value}")).connections.check();
            let error = error.expect_err(setting).to_string();
            assert!(error.starts_with(&format!("connections.{setting} must be")), "{error}");
        }
        assert!(
            config("[gateway]\nhosts = [\"http://a.example\"]")
                .hosts_at(([127, 0, 0, 1], 80).into())
                .is_err()
        );
    }
}
