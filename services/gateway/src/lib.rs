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
mod caller;
mod classes;
mod document;
mod errors;
mod fields;
#[cfg(any(test, feature = "fuzzing"))]
#[doc(hidden)]
pub mod fuzzing;
mod headers;
mod health;
mod limits;
mod origin;
mod serve;
mod settings;
mod welcome;

use axum::{Extension, Router, extract::DefaultBodyLimit, middleware};
use tokio::sync::watch;
use tower_http::catch_panic::CatchPanicLayer;
use utoipa_axum::{router::OpenApiRouter, routes};

pub use admin::{admin, install_metrics};
pub use classes::class_of;
pub use health::Readiness;
pub use ipnet::IpNet;
pub use limits::RequestLimits;
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
    let router = router
        .merge(document::pages())
        .layer(Extension(document::Document::of(&api)))
        .fallback(errors::nothing_here)
        .layer(DefaultBodyLimit::max(most.as_usize()))
        .layer(CatchPanicLayer::custom(errors::panicked))
        .layer(middleware::from_fn_with_state(most, body_limit::limit));
    let router = match &settings.limits {
        Some(limits) => router.layer(middleware::from_fn_with_state(limits.clone(), limits::limit)),
        None => router,
    };
    let router = router
        .layer(middleware::from_fn_with_state(origin::Allowed::new(&settings.cors_origins), origin::check));
    let router = match headers::cors(&settings.cors_origins) {
        Some(cors) => router.layer(cors),
        None => router,
    };
    // The last layer is the outermost: it sees, names and counts whatever the others answer.
    let methods = document::Methods::of(&api);
    let trusted = caller::Trusted::new(&settings.trusted_proxies);
    router
        .layer(middleware::from_fn(headers::protect))
        .layer(middleware::from_fn_with_state(methods, arrival::receive))
        .layer(middleware::from_fn_with_state(trusted, caller::find))
}
