//! Open connections of a listener: their slots, and the requests and responses on them.

use std::{
    net::IpAddr,
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
};

use axum::{
    body::Body,
    http::{Response, StatusCode},
};
use bytes::Bytes;
use http_body::{Frame, SizeHint};
use ipnet::IpNet;

use super::{
    connection_limits::{ClientSlot, ConnectionLimitError, ConnectionLimits, ConnectionSlot},
    metrics::Metrics,
    settings::ConnectionSettings,
};

/// Shared state of the connections of a listener.
#[derive(Debug)]
pub(crate) struct Connections {
    settings: ConnectionSettings,
    limits: Arc<ConnectionLimits>,
    metrics: Metrics,
}

impl Connections {
    pub(crate) fn new(settings: ConnectionSettings) -> Self {
        let limits = Arc::new(ConnectionLimits::new(settings.max, settings.max_per_client));
        let metrics = Metrics::of(settings.listener);
        Self { settings, limits, metrics }
    }

    pub(crate) const fn settings(&self) -> &ConnectionSettings {
        &self.settings
    }

    pub(crate) const fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// Admits a connection from this address, if a slot is free.
    pub(crate) fn admit(self: &Arc<Self>, peer: IpAddr) -> Result<Connection, ConnectionLimitError> {
        let peer = peer.to_canonical();
        let is_proxy = contains(&self.settings.trusted_proxies, peer);
        let slot = self.limits.acquire().inspect_err(|error| self.metrics.count_refused(*error))?;
        let client = if is_proxy { None } else { self.client(peer)? };
        self.metrics.count_opened();
        Ok(Connection {
            connections: self.clone(),
            is_proxy,
            serving: AtomicBool::new(false),
            client: Mutex::new(client),
            _slot: slot,
        })
    }

    fn client(&self, address: IpAddr) -> Result<Option<ClientSlot>, ConnectionLimitError> {
        if contains(&self.settings.exempt, address) {
            return Ok(None);
        }
        self.limits.acquire_client(address).inspect_err(|error| self.metrics.count_refused(*error))
    }
}

fn contains(networks: &[IpNet], address: IpAddr) -> bool {
    networks.iter().any(|network| network.contains(&address))
}

/// An open connection. Dropping it releases its slots.
#[derive(Debug)]
pub(crate) struct Connection {
    connections: Arc<Connections>,
    is_proxy: bool,
    /// Whether a request is being answered, or the connection was upgraded.
    serving: AtomicBool,
    /// The client's slot for this connection: that of a direct client, or of a proxy's client after an upgrade.
    client: Mutex<Option<ClientSlot>>,
    _slot: ConnectionSlot,
}

impl Connection {
    pub(crate) const fn connections(&self) -> &Arc<Connections> {
        &self.connections
    }

    /// Whether the peer is a trusted proxy.
    pub(crate) const fn is_proxy(&self) -> bool {
        self.is_proxy
    }

    pub(crate) fn is_serving(&self) -> bool {
        self.serving.load(Ordering::Relaxed)
    }

    /// Marks the start of a request.
    pub(crate) fn begin_request(&self) {
        self.serving.store(true, Ordering::Relaxed);
    }

    /// Wraps a response, whose end makes the connection wait for the next request. An upgraded connection does
    /// not.
    pub(crate) fn wrap_response(self: Arc<Self>, response: Response<Body>) -> Response<ResponseBody> {
        let is_over = response.status() != StatusCode::SWITCHING_PROTOCOLS;
        let end = is_over.then(|| RequestEnd(self));
        response.map(|body| ResponseBody { body, _request_end: end })
    }

    /// A slot for a client behind a proxy, until its response ends.
    pub(crate) fn admit_client(&self, address: IpAddr) -> Result<Option<ClientSlot>, ConnectionLimitError> {
        self.connections.client(address.to_canonical())
    }

    /// Holds a client's slot as long as the connection exists.
    pub(crate) fn hold_slot(&self, slot: Option<ClientSlot>) {
        *self.client.lock().unwrap_or_else(PoisonError::into_inner) = slot;
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.connections.metrics.count_closed();
    }
}

/// Marks the end of a request when dropped.
struct RequestEnd(Arc<Connection>);

impl Drop for RequestEnd {
    fn drop(&mut self) {
        self.0.serving.store(false, Ordering::Relaxed);
    }
}

/// The body of a response.
pub(crate) struct ResponseBody {
    body: Body,
    _request_end: Option<RequestEnd>,
}

impl http_body::Body for ResponseBody {
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

/// A response body that holds a client's slot.
pub(crate) struct SlotBody {
    body: Body,
    _slot: ClientSlot,
}

impl SlotBody {
    pub(crate) fn body(body: Body, slot: ClientSlot) -> Body {
        Body::new(Self { body, _slot: slot })
    }
}

impl http_body::Body for SlotBody {
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
