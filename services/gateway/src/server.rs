//! Server: accepts connections on a listener and serves them until shutdown.

use std::{convert::Infallible, io, net::SocketAddr, pin::pin, sync::Arc, time::Duration};

use axum::{
    Router,
    body::Body,
    extract::ConnectInfo,
    http::{HeaderValue, header},
    middleware,
    response::Response,
};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::Service as _;

use crate::{
    Application,
    connections::{
        Connection, ConnectionSettings, Connections, Rejecter, TimedBody, TimedStream, set_options,
    },
};

/// Pause after a failed accept (no descriptors or memory); other connections may end meanwhile.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);
/// Maximum size of a request's head and of one read of a body. Each connection uses this buffer.
const MAX_BUFFER: usize = 64 * 1024;

/// Serves until the token is cancelled; then accepts no connections and returns when the open ones have ended.
/// Services decide how long a request may take; the caller of the shutdown sets the time limit.
pub async fn serve(
    listener: TcpListener,
    application: impl Into<Application>,
    settings: ConnectionSettings,
    shutdown: CancellationToken,
) -> io::Result<()> {
    let server = Server {
        application: application.into(),
        connections: Arc::new(Connections::new(settings)),
        rejecter: Rejecter::new(),
        open: TaskTracker::new(),
        shutdown,
    };
    while let Some(accepted) = server.shutdown.run_until_cancelled(listener.accept()).await {
        match accepted {
            Ok((stream, peer)) => server.accept(stream, peer),
            Err(error) => server.handle_accept_error(&error).await,
        }
    }
    drop(listener);
    server.open.close();
    server.open.wait().await;
    Ok(())
}

/// The server of one listener.
struct Server {
    application: Application,
    connections: Arc<Connections>,
    rejecter: Rejecter,
    /// The open connections.
    open: TaskTracker,
    shutdown: CancellationToken,
}

impl Server {
    fn accept(&self, stream: TcpStream, peer: SocketAddr) {
        let connection = match self.connections.admit(peer.ip()) {
            Ok(connection) => Arc::new(connection),
            Err(full) => return self.rejecter.reject(stream, full),
        };
        if let Err(error) = set_options(&stream, self.connections.settings().write) {
            tracing::debug!(%error, "a connection keeps the usual options");
        }
        // A child token, because connections that share one token contend for its lock.
        let shutdown = self.shutdown.child_token();
        let stream = TimedStream::new(stream, connection.clone());
        let application = self.application.clone();
        self.open.spawn(serve_connection(stream, application, Peer { connection, address: peer }, shutdown));
    }

    /// Pauses after a failed accept. A client that has disconnected meanwhile is no failure.
    async fn handle_accept_error(&self, error: &io::Error) {
        use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
        if matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset) {
            return;
        }
        self.connections.metrics().accept_failed();
        tracing::error!(%error, "no connection can be accepted for now");
        self.shutdown.run_until_cancelled(tokio::time::sleep(ACCEPT_PAUSE)).await;
    }
}

/// The peer of a connection.
struct Peer {
    connection: Arc<Connection>,
    address: SocketAddr,
}

/// Serves one connection until its end or an upgrade.
async fn serve_connection(
    stream: TimedStream,
    application: Application,
    peer: Peer,
    shutdown: CancellationToken,
) {
    let service = service_fn(|request| handle_request(&application, &peer, request));
    let mut builder = http1::Builder::new();
    builder.max_buf_size(MAX_BUFFER);
    let mut served = pin!(builder.serve_connection(TokioIo::new(stream), service).with_upgrades());
    let ended = tokio::select! {
        biased;
        ended = served.as_mut() => ended,
        () = shutdown.cancelled() => {
            served.as_mut().graceful_shutdown();
            served.await
        }
    };
    if let Err(error) = ended {
        tracing::trace!(%error, "a connection ended early");
    }
}

fn handle_request(
    application: &Application,
    peer: &Peer,
    request: hyper::Request<Incoming>,
) -> impl Future<Output = Result<hyper::Response<crate::connections::ResponseBody>, Infallible>> + use<> {
    let connection = peer.connection.clone();
    connection.begin_request();
    let connections = connection.connections().clone();
    let mut request = request.map(|body| Body::new(TimedBody::new(body, connections)));
    request.extensions_mut().insert(ConnectInfo(peer.address));
    if connection.is_proxy() {
        request.extensions_mut().insert(connection.clone());
    }
    let response = application.current().call(request);
    async move { Ok(connection.wrap_response(response.await?)) }
}

/// Adds `Connection: close` to all responses after the token is cancelled, so that clients and load balancers
/// have few idle connections left when the server stops listening.
pub fn close_connections_on(router: Router, shutting_down: CancellationToken) -> Router {
    router.layer(middleware::map_response(move |mut response: Response| {
        if shutting_down.is_cancelled() && !response.headers().contains_key(header::UPGRADE) {
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        std::future::ready(response)
    }))
}
