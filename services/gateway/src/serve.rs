//! Serving on a listener, until told to stop.

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
        Connection, ConnectionSettings, Connections, Refuser, TimedBody, TimedStream, set_options,
    },
};

/// How long no connection is accepted after one could not be, for want of descriptors or memory: others end meanwhile.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);
/// How large a request's head may be, and what is read at once of a body. It is held for each connection.
const MOST_BUFFERED: usize = 64 * 1024;

/// Serves until the token is cancelled; then takes no new connections and returns once the open ones are done. How long a client
/// may keep an open one busy is up to the services: whoever shuts down sets the time limit.
pub async fn serve(
    listener: TcpListener,
    application: impl Into<Application>,
    settings: ConnectionSettings,
    shutdown: CancellationToken,
) -> io::Result<()> {
    let server = Server {
        application: application.into(),
        connections: Arc::new(Connections::new(settings)),
        refuser: Refuser::new(),
        open: TaskTracker::new(),
        shutdown,
    };
    while let Some(accepted) = server.shutdown.run_until_cancelled(listener.accept()).await {
        match accepted {
            Ok((stream, peer)) => server.take(stream, peer),
            Err(error) => server.pause(&error).await,
        }
    }
    drop(listener);
    server.open.close();
    server.open.wait().await;
    Ok(())
}

/// What serves the connections of one listener.
struct Server {
    application: Application,
    connections: Arc<Connections>,
    refuser: Refuser,
    /// The connections that are open.
    open: TaskTracker,
    shutdown: CancellationToken,
}

impl Server {
    fn take(&self, stream: TcpStream, peer: SocketAddr) {
        let connection = match self.connections.admit(peer.ip()) {
            Ok(connection) => Arc::new(connection),
            Err(full) => return self.refuser.refuse(stream, full),
        };
        if let Err(error) = set_options(&stream, self.connections.settings().write) {
            tracing::debug!(%error, "a connection keeps the usual options");
        }
        // A token of its own, since all that share one take turns at its lock.
        let shutdown = self.shutdown.child_token();
        let stream = TimedStream::new(stream, connection.clone());
        let application = self.application.clone();
        self.open.spawn(hold(stream, application, Peer { connection, address: peer }, shutdown));
    }

    /// Lets time pass where nothing can be accepted. A client that has gone meanwhile is none of our concern.
    async fn pause(&self, error: &io::Error) {
        use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
        if matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset) {
            return;
        }
        self.connections.metrics().accept_failed();
        tracing::error!(%error, "no connection can be accepted for now");
        self.shutdown.run_until_cancelled(tokio::time::sleep(ACCEPT_PAUSE)).await;
    }
}

/// The other side of a connection.
struct Peer {
    connection: Arc<Connection>,
    address: SocketAddr,
}

/// Serves one connection to its end, or to where it goes over to another protocol.
async fn hold(stream: TimedStream, application: Application, peer: Peer, shutdown: CancellationToken) {
    let service = service_fn(|request| answer(&application, &peer, request));
    let mut builder = http1::Builder::new();
    builder.max_buf_size(MOST_BUFFERED);
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

fn answer(
    application: &Application,
    peer: &Peer,
    request: hyper::Request<Incoming>,
) -> impl Future<Output = Result<hyper::Response<crate::connections::Answer>, Infallible>> + use<> {
    let connection = peer.connection.clone();
    connection.begin();
    let connections = connection.connections().clone();
    let mut request = request.map(|body| Body::new(TimedBody::new(body, connections)));
    request.extensions_mut().insert(ConnectInfo(peer.address));
    if connection.is_proxy() {
        request.extensions_mut().insert(connection.clone());
    }
    let answered = application.current().call(request);
    async move { Ok(connection.answer(answered.await?)) }
}

/// The same, but once the token is cancelled each answer says that its connection ends with it. Clients and balancers that
/// keep connections for their next request then have few left when the server stops listening.
pub fn leaving(router: Router, soon: CancellationToken) -> Router {
    router.layer(middleware::map_response(move |mut response: Response| {
        if soon.is_cancelled() && !response.headers().contains_key(header::UPGRADE) {
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        std::future::ready(response)
    }))
}
