//! Services that run elsewhere: which of their servers gets a request, and what happens when one does not answer.
//!
//! The server with the fewest open requests gets the next one. A server that fails [`UpstreamSettings::max_fails`] times within
//! [`UpstreamSettings::fail_time`] is left out for as long, unless all are. A request goes on to the next server when the first
//! one has not begun to answer, and when being asked twice does no harm: the request never left, its method says so, or it
//! carries an `Idempotency-Key`, which every `POST` is given here that comes without one.
//!
//! Bodies stream both ways, and an upgraded connection is passed through byte by byte, so nothing here knows what they say.

mod balance;
mod forward;
mod headers;
mod replay;
mod tunnel;

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use axum::{
    http::uri::{Authority, Uri},
    routing::{MethodRouter, any},
};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use tokio_util::task::task_tracker::TaskTrackerToken;

use self::{balance::Balance, replay::Replayed};
use crate::Passage;

/// How long an unused connection to a server is kept: less than servers keep theirs.
const IDLE: Duration = Duration::from_secs(30);

/// How services elsewhere are reached.
#[derive(Debug, Clone)]
pub struct UpstreamSettings {
    /// After how many failures a server is left out.
    pub max_fails: u32,
    /// Within how long, and for how long.
    pub fail_time: Duration,
    /// How long a connection may take to be made.
    pub connect: Duration,
    /// How long a server may take to begin its answer: longer than the longest wait for a result.
    pub answer: Duration,
}

impl Default for UpstreamSettings {
    fn default() -> Self {
        Self {
            max_fails: 3,
            fail_time: Duration::from_secs(30),
            connect: Duration::from_secs(2),
            answer: Duration::from_secs(75),
        }
    }
}

/// An address that is not one of a server.
#[derive(Debug, thiserror::Error)]
#[error(
    "{0:?} is no address of a server: it must be http:// with a host and a port, such as http://10.0.0.2:8080"
)]
pub struct BadUpstream(String);

/// The servers of one service. A handle: cloning it is cheap and gives the same servers.
#[derive(Clone)]
pub struct Upstreams(Arc<Shared>);

struct Shared {
    /// What the service is called, for people.
    service: String,
    servers: Vec<Authority>,
    balance: Mutex<Balance>,
    client: Client<HttpConnector, Replayed>,
    answer: Duration,
    passage: Passage,
}

impl Upstreams {
    /// The servers at these addresses. What is passed on to them is counted in the passage.
    pub fn new(
        service: &str,
        addresses: &[String],
        settings: &UpstreamSettings,
        passage: Passage,
    ) -> Result<Self, BadUpstream> {
        let servers: Vec<_> = addresses.iter().map(|address| server(address)).collect::<Result<_, _>>()?;
        let mut connector = HttpConnector::new();
        connector.set_connect_timeout(Some(settings.connect));
        connector.set_nodelay(true);
        let client = Client::builder(TokioExecutor::new()).pool_idle_timeout(IDLE).build(connector);
        let balance = Mutex::new(Balance::new(servers.len(), settings.max_fails, settings.fail_time));
        let (service, answer) = (service.to_owned(), settings.answer);
        Ok(Self(Arc::new(Shared { service, servers, balance, client, answer, passage })))
    }

    /// What passes every request on to one of them.
    pub fn forwarding(&self) -> MethodRouter {
        let upstreams = self.clone();
        any(move |request| async move { forward::forward(&upstreams.0, request).await })
    }
}

fn server(address: &str) -> Result<Authority, BadUpstream> {
    let bad = || BadUpstream(address.to_owned());
    let uri: Uri = address.parse().map_err(|_| bad())?;
    let is_plain =
        uri.scheme_str() == Some("http") && matches!(uri.path(), "" | "/") && uri.query().is_none();
    uri.authority().filter(|authority| is_plain && !authority.as_str().contains('@')).cloned().ok_or_else(bad)
}

impl Shared {
    /// A place at a server that has not been tried, if there is one.
    fn place(self: &Arc<Self>, tried: &[usize]) -> Option<Place> {
        let server = self.balance().choose(tried, Instant::now())?;
        Some(Place { shared: self.clone(), server, _counted: self.passage.one_more() })
    }

    fn balance(&self) -> std::sync::MutexGuard<'_, Balance> {
        // Counts that a panic left behind are as good as any.
        self.balance.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request's place at a server, counted among its open ones until this is dropped.
struct Place {
    shared: Arc<Shared>,
    server: usize,
    _counted: TaskTrackerToken,
}

impl Place {
    fn address(&self) -> &Authority {
        &self.shared.servers[self.server]
    }

    fn answered(&self) {
        self.shared.balance().answered(self.server);
    }

    fn failed(&self) {
        let out = self.shared.balance().failed(self.server, Instant::now());
        let (service, server) = (&self.shared.service, self.address());
        metrics::counter!("coderunner_gateway_upstream_failures_total", "service" => service.clone())
            .increment(1);
        if out == balance::Standing::Out {
            tracing::warn!(service, %server, "a server failed again and again, and is left out for a while");
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.shared.balance().ended(self.server);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_one_of_a_server_and_nothing_more() {
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
