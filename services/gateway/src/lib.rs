//! The way in: nothing but middleware and routing.
//!
//! Gives every request an id and every error the shape of a problem, caps bodies, turns panics into answers, logs one
//! line per request and counts it, and serves what belongs to no service: health, the description of the API, a
//! greeting. It knows no job, and a service must be usable without it.
//!
//! Invariant: whatever a client sends, the answer carries `X-Request-ID`, and an error is `application/problem+json`.

mod admin;
mod arrival;
mod body_limit;
mod document;
mod errors;
#[cfg(any(test, feature = "fuzzing"))]
#[doc(hidden)]
pub mod fuzzing;
mod headers;
mod health;
mod origin;
mod serve;
mod settings;
mod welcome;

use axum::{Extension, Router, extract::DefaultBodyLimit, middleware};
use tokio::sync::watch;
use tower::{ServiceBuilder, util::option_layer};
use tower_http::catch_panic::CatchPanicLayer;
use utoipa_axum::{router::OpenApiRouter, routes};

pub use admin::{admin, install_metrics};
pub use health::Readiness;
pub use metrics_exporter_prometheus::PrometheusHandle;
pub use serve::serve;
pub use settings::GatewaySettings;

/// The whole application: these services' routes behind the middleware, and the gateway's own.
pub fn app(
    services: OpenApiRouter,
    settings: &GatewaySettings,
    readiness: watch::Receiver<Readiness>,
) -> Router {
    let (router, api) = OpenApiRouter::with_openapi(document::description())
        .routes(routes!(welcome::welcome))
        .routes(routes!(health::health))
        .routes(routes!(health::ready))
        .routes(routes!(document::openapi))
        .with_state(readiness)
        .merge(services)
        .split_for_parts();
    let most = settings.body;
    let methods = document::Methods::of(&api);
    // One stack and not a layer after the other: a router boxes what each layer makes, and copies all boxes for each request
    // at each of them. The first is the outermost: it sees, names and counts whatever the others answer.
    let layers = ServiceBuilder::new()
        .layer(middleware::from_fn_with_state(methods, arrival::receive))
        .layer(middleware::from_fn(headers::protect))
        .layer(option_layer(headers::cors(&settings.cors_origins)))
        .layer(middleware::from_fn_with_state(origin::Allowed::new(&settings.cors_origins), origin::check))
        .layer(middleware::from_fn_with_state(most, body_limit::limit))
        .layer(CatchPanicLayer::custom(errors::panicked))
        .layer(DefaultBodyLimit::max(most.as_usize()))
        .layer(Extension(document::Document::of(&api)));
    router.merge(document::pages()).fallback(errors::nothing_here).layer(layers)
}
