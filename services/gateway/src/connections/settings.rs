//! Settings of a listener's connections, with defaults.

use std::{sync::Arc, time::Duration};

use ipnet::IpNet;

/// Limits and timeouts of a listener's connections.
#[derive(Debug, Clone)]
pub struct ConnectionSettings {
    /// Name of the listener in metrics.
    pub listener: &'static str,
    /// Maximum number of open connections.
    pub max: usize,
    /// Maximum number per client, which is an `IPv4` address or an `IPv6` /64. Connections of a trusted proxy
    /// count for its clients. `None`: no limit per client.
    pub max_per_client: Option<usize>,
    /// Networks whose connections count only in total.
    pub exempt: Arc<[IpNet]>,
    /// Networks of trusted proxies.
    pub trusted_proxies: Arc<[IpNet]>,
    /// Timeout of a request's head, from its first byte or from the start of the connection.
    pub head: Duration,
    /// Timeout of a request's body.
    pub body: Duration,
    /// Timeout between two requests.
    pub idle: Duration,
    /// Timeout of a client that reads nothing of a response.
    pub write: Duration,
}

impl Default for ConnectionSettings {
    fn default() -> Self {
        Self {
            listener: "api",
            max: 16_384,
            max_per_client: Some(400),
            exempt: Arc::default(),
            trusted_proxies: Arc::default(),
            head: Duration::from_secs(10),
            body: Duration::from_mins(1),
            idle: Duration::from_secs(75),
            write: Duration::from_secs(30),
        }
    }
}
