//! Serving on a listener, until told to stop.

use std::{io, net::SocketAddr};

use axum::{
    Router,
    extract::Request,
    http::{HeaderValue, header},
    middleware,
    response::Response,
    serve::ListenerExt as _,
};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tower::{ServiceExt as _, service_fn};

use crate::Application;

/// Serves until the token is cancelled; then takes no new connections and returns once the open ones are done. A client
/// that never finishes keeps it from returning: whoever shuts down sets the time limit.
pub async fn serve(
    listener: TcpListener,
    application: impl Into<Application>,
    shutdown: CancellationToken,
) -> io::Result<()> {
    let application = application.into();
    let router = Router::new()
        .fallback_service(service_fn(move |request: Request| application.current().oneshot(request)));
    // Answers are small and written whole: waiting for more to send would only delay them.
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection keeps Nagle's algorithm");
        }
    });
    axum::serve(listener, router.into_make_service_with_connect_info::<SocketAddr>())
        .with_graceful_shutdown(shutdown.cancelled_owned())
        .await
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
