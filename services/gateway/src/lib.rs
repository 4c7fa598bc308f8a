//! The way in: nothing but middleware and routing.
//!
//! Gives every request an id and every error the shape of a problem, caps bodies, turns panics into answers, logs one
//! line per request and counts it, and serves what belongs to no service: health, the description of the API, a
//! greeting. It knows no job, and a service must be usable without it: [`plain`] serves one as it is, for a gateway elsewhere, to
//! which it is one of the [`Upstreams`].
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
mod passage;
mod serve;
mod settings;
mod upstreams;
mod welcome;

use axum::{Extension, extract::DefaultBodyLimit, middleware};
use tokio::sync::watch;
use tower_http::catch_panic::CatchPanicLayer;
use utoipa::openapi::OpenApi;
use utoipa_axum::routes;

pub use axum::Router;
pub use utoipa_axum::router::OpenApiRouter;

pub use admin::{admin, install_metrics};
pub use classes::class_of;
pub use health::Readiness;
pub use ipnet::IpNet;
pub use limits::RequestLimits;
pub use metrics_exporter_prometheus::PrometheusHandle;
pub use passage::Passage;
pub use serve::{leaving, serve};
pub use settings::GatewaySettings;
pub use upstreams::{BadUpstream, UpstreamSettings, Upstreams};

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
    let router = router.merge(document::pages());
    let router = limited(guarded(router, &api, settings), settings)
        .layer(middleware::from_fn_with_state(origin::Allowed::new(&settings.cors_origins), origin::check));
    let router = match headers::cors(&settings.cors_origins) {
        Some(cors) => router.layer(cors),
        None => router,
    };
    received(router.layer(middleware::from_fn(headers::protect)), &api, settings)
}

/// These services' routes for a gateway elsewhere: without what is for browsers, which it has.
pub fn plain(
    services: OpenApiRouter,
    settings: &GatewaySettings,
    readiness: watch::Receiver<Readiness>,
) -> Router {
    let (router, api) = OpenApiRouter::with_openapi(document::description())
        .routes(routes!(health::health))
        .routes(routes!(health::ready))
        .routes(routes!(document::openapi))
        .with_state(readiness)
        .merge(services)
        .split_for_parts();
    received(guarded(router, &api, settings), &api, settings)
}

/// With bodies capped, panics answered, and an answer where there is no route.
fn guarded(router: Router, api: &OpenApi, settings: &GatewaySettings) -> Router {
    let most = settings.body;
    router
        .layer(Extension(document::Document::of(api)))
        .fallback(errors::nothing_here)
        .layer(DefaultBodyLimit::max(most.as_usize()))
        .layer(CatchPanicLayer::custom(errors::panicked))
        .layer(middleware::from_fn_with_state(most, body_limit::limit))
}

/// With what callers ask counted, if that is limited. Not for services behind a gateway elsewhere, which has counted it.
fn limited(router: Router, settings: &GatewaySettings) -> Router {
    match &settings.limits {
        Some(limits) => router.layer(middleware::from_fn_with_state(limits.clone(), limits::limit)),
        None => router,
    }
}

/// The last layers are the outermost: they see, name and count whatever the others answer.
fn received(router: Router, api: &OpenApi, settings: &GatewaySettings) -> Router {
    let trusted = caller::Trusted::new(&settings.trusted_proxies);
    router
        .layer(middleware::from_fn_with_state(document::Methods::of(api), arrival::receive))
        .layer(middleware::from_fn_with_state(trusted, caller::find))
}
