//! Upstreams: load balancing, retries and streaming to services in other processes.
//!
//! The server with the fewest open requests gets the next one. A server that fails
//! [`UpstreamSettings::max_fails`] times within [`UpstreamSettings::fail_time`] is excluded for that time,
//! unless all servers are. A request is retried on the next server if the first one has not begun to answer and
//! a repetition is safe: the request was never sent, its method is idempotent, or it has an `Idempotency-Key`,
//! which every `POST` without one gets here.
//!
//! Bodies are streamed in both directions, and an upgraded connection is copied byte by byte; the content is
//! not interpreted.

mod forward;
mod load_balancer;
mod proxy_headers;
mod replayable_body;
mod server_slot;
mod tunnel;

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    http::uri::{Authority, Uri},
    routing::{MethodRouter, any},
};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};

use self::{load_balancer::LoadBalancer, server_slot::UpstreamsInner};
use crate::Forwarding;

/// Idle timeout of connections to servers: shorter than that of the servers.
const IDLE_TIMEOUT: Duration = Duration::from_secs(30);

/// Settings of upstream connections.
#[derive(Debug, Clone)]
pub struct UpstreamSettings {
    /// Number of failures after which a server is excluded.
    pub max_fails: u32,
    /// Time window of failures, and duration of the exclusion.
    pub fail_time: Duration,
    /// Timeout of connecting.
    pub connect_timeout: Duration,
    /// Timeout of a response's head: longer than the longest wait for a result.
    pub response_timeout: Duration,
}

impl Default for UpstreamSettings {
    fn default() -> Self {
        Self {
            max_fails: 3,
            fail_time: Duration::from_secs(30),
            connect_timeout: Duration::from_secs(2),
            response_timeout: Duration::from_secs(75),
        }
    }
}

/// Error: an address is not that of a server.
#[derive(Debug, thiserror::Error)]
#[error(
    "{0:?} is no address of a server: it must be http:// with a host and a port, such as http://10.0.0.2:8080"
)]
pub struct InvalidUpstream(String);

/// The servers of one service. A handle: clones share the servers.
#[derive(Clone)]
pub struct Upstreams(Arc<UpstreamsInner>);

impl Upstreams {
    /// The servers at these addresses. Requests to them are tracked by `forwarding`.
    pub fn new(
        service: &str,
        addresses: &[String],
        settings: &UpstreamSettings,
        forwarding: Forwarding,
    ) -> Result<Self, InvalidUpstream> {
        let servers: Vec<_> = addresses.iter().map(|address| server(address)).collect::<Result<_, _>>()?;
        let mut connector = HttpConnector::new();
        connector.set_connect_timeout(Some(settings.connect_timeout));
        connector.set_nodelay(true);
        let client = Client::builder(TokioExecutor::new()).pool_idle_timeout(IDLE_TIMEOUT).build(connector);
        let load_balancer =
            Mutex::new(LoadBalancer::new(servers.len(), settings.max_fails, settings.fail_time));
        let (service, answer) = (service.to_owned(), settings.response_timeout);
        Ok(Self(Arc::new(UpstreamsInner { service, servers, load_balancer, client, answer, forwarding })))
    }

    /// The route that forwards every request.
    pub fn forwarding_route(&self) -> MethodRouter {
        let upstreams = self.clone();
        any(move |request| async move { forward::forward(&upstreams.0, request).await })
    }
}

fn server(address: &str) -> Result<Authority, InvalidUpstream> {
    let invalid = || InvalidUpstream(address.to_owned());
    let uri: Uri = address.parse().map_err(|_| invalid())?;
    let is_plain =
        uri.scheme_str() == Some("http") && matches!(uri.path(), "" | "/") && uri.query().is_none();
    uri.authority()
        .filter(|authority| is_plain && !authority.as_str().contains('@'))
        .cloned()
        .ok_or_else(invalid)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_upstream_address_is_scheme_host_and_port() {
        for (address, fits) in [
            ("http://10.0.0.2:8080", true),
            ("http://execution:8080/", true),
            ("http://[::1]:8080", true),
            ("https://10.0.0.2:8080", false),
            ("10.0.0.2:8080", false),
            ("http://10.0.0.2:8080/api", false),
            ("http://name:word@10.0.0.2", false),
            ("", false),
        ] {
            assert_eq!(server(address).is_ok(), fits, "{address}");
        }
    }
}
