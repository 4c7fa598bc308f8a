//! The connections of a listener: how many there may be, in all and of one client, and how long one may keep us waiting.
//!
//! A connection costs a descriptor and some memory from the moment it is accepted, whether or not anything is ever asked on it. So
//! each wait for a client has an end: for a request's head, for the next request, for a body, and for somebody to take an answer.
//! Descriptors are kept back for the worker by limiting the number of connections; who counts is the client, not a trusted proxy in
//! front of it.

mod body;
mod counts;
mod metrics;
mod options;
mod refusal;
mod stream;

use std::{
    net::IpAddr,
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    body::Body,
    http::{Response, StatusCode},
};
use bytes::Bytes;
use http_body::{Frame, SizeHint};
use ipnet::IpNet;

pub(crate) use self::{
    body::TimedBody,
    counts::{ClientPlace, Full},
    metrics::describe,
    options::set_options,
    refusal::{Refuser, problem},
    stream::TimedStream,
};
use self::{counts::Counts, metrics::Metrics};

/// How many connections a listener takes, and how long they may keep it waiting.
#[derive(Debug, Clone)]
pub struct ConnectionSettings {
    /// What the listener is called in metrics.
    pub listener: &'static str,
    /// How many connections may be open at once.
    pub most: usize,
    /// How many one client may have: an `IPv4` address, or a /64 of `IPv6`. A trusted proxy's connections are its clients'. None
    /// for as many as there may be in all.
    pub most_per_client: Option<usize>,
    /// Networks whose connections are counted in all only.
    pub exempt: Arc<[IpNet]>,
    /// The networks of proxies whose word on a client's address is taken.
    pub trusted_proxies: Arc<[IpNet]>,
    /// How long a request's head may take, from its first byte or from the connection's beginning.
    pub head: Duration,
    /// How long a request's body may take to arrive.
    pub body: Duration,
    /// How long a connection may stay open between two requests.
    pub idle: Duration,
    /// How long a client may take nothing of an answer that waits for it.
    pub write: Duration,
}

impl Default for ConnectionSettings {
    fn default() -> Self {
        Self {
            listener: "api",
            most: 16_384,
            most_per_client: Some(100),
            exempt: Arc::default(),
            trusted_proxies: Arc::default(),
            head: Duration::from_secs(10),
            body: Duration::from_mins(1),
            idle: Duration::from_secs(75),
            write: Duration::from_secs(30),
        }
    }
}

/// What the connections of one listener share.
#[derive(Debug)]
pub(crate) struct Connections {
    settings: ConnectionSettings,
    counts: Arc<Counts>,
    metrics: Metrics,
}

impl Connections {
    pub(crate) fn new(settings: ConnectionSettings) -> Self {
        let counts = Arc::new(Counts::new(settings.most, settings.most_per_client));
        let metrics = Metrics::of(settings.listener);
        Self { settings, counts, metrics }
    }

    pub(crate) const fn settings(&self) -> &ConnectionSettings {
        &self.settings
    }

    pub(crate) const fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// A place for a connection from this address, if there is one.
    pub(crate) fn admit(self: &Arc<Self>, peer: IpAddr) -> Result<Connection, Full> {
        let peer = peer.to_canonical();
        let is_proxy = contains(&self.settings.trusted_proxies, peer);
        let place = self.counts.take().inspect_err(|full| self.metrics.refused(*full))?;
        let client = if is_proxy { None } else { self.client(peer)? };
        self.metrics.opened();
        Ok(Connection {
            connections: self.clone(),
            is_proxy,
            serving: AtomicBool::new(false),
            client: Mutex::new(client),
            _place: place,
        })
    }

    fn client(&self, address: IpAddr) -> Result<Option<ClientPlace>, Full> {
        if contains(&self.settings.exempt, address) {
            return Ok(None);
        }
        self.counts.take_client(address).inspect_err(|full| self.metrics.refused(*full))
    }
}

fn contains(networks: &[IpNet], address: IpAddr) -> bool {
    networks.iter().any(|network| network.contains(&address))
}

/// An open connection. Its places are free again once nobody holds this any more.
#[derive(Debug)]
pub(crate) struct Connection {
    connections: Arc<Connections>,
    is_proxy: bool,
    /// Whether a request is being answered, or the connection has gone over to another protocol.
    serving: AtomicBool,
    /// The place of the client that has this connection: its own, or, through a proxy, for what is no longer HTTP.
    client: Mutex<Option<ClientPlace>>,
    _place: counts::Place,
}

impl Connection {
    pub(crate) const fn connections(&self) -> &Arc<Connections> {
        &self.connections
    }

    /// Whether the peer is a proxy that speaks for others.
    pub(crate) const fn is_proxy(&self) -> bool {
        self.is_proxy
    }

    pub(crate) fn is_serving(&self) -> bool {
        self.serving.load(Ordering::Relaxed)
    }

    /// A request has come.
    pub(crate) fn begin(&self) {
        self.serving.store(true, Ordering::Relaxed);
    }

    /// The answer, at whose end the connection waits for its next request. After a change of protocol there is none.
    pub(crate) fn answer(self: Arc<Self>, response: Response<Body>) -> Response<Answer> {
        let is_over = response.status() != StatusCode::SWITCHING_PROTOCOLS;
        let end = is_over.then(|| End(self));
        response.map(|body| Answer { body, _end: end })
    }

    /// A place for a client whose request came through a proxy, until its answer is over.
    pub(crate) fn admit_client(&self, address: IpAddr) -> Result<Option<ClientPlace>, Full> {
        self.connections.client(address.to_canonical())
    }

    /// Holds a client's place for as long as the connection lasts.
    pub(crate) fn hold(&self, place: Option<ClientPlace>) {
        *self.client.lock().unwrap_or_else(PoisonError::into_inner) = place;
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.connections.metrics.closed();
    }
}

/// The end of an answer.
struct End(Arc<Connection>);

impl Drop for End {
    fn drop(&mut self) {
        self.0.serving.store(false, Ordering::Relaxed);
    }
}

/// The body of an answer.
pub(crate) struct Answer {
    body: Body,
    _end: Option<End>,
}

impl http_body::Body for Answer {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.get_mut().body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// An answer's body that holds a client's place until it is over.
pub(crate) struct Placed {
    body: Body,
    _place: ClientPlace,
}

impl Placed {
    pub(crate) fn body(body: Body, place: ClientPlace) -> Body {
        Body::new(Self { body, _place: place })
    }
}

impl http_body::Body for Placed {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.get_mut().body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
