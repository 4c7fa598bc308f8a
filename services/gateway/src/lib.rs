//! The way in: nothing but middleware and routing.
//!
//! Gives every request an id and every error the shape of a problem, caps bodies, turns panics into answers, logs one
//! line per request and counts it, and serves what belongs to no service: health, the description of the API, a
//! greeting. It knows no job, and a service must be usable without it: [`plain`] serves one as it is, for a gateway elsewhere, to
//! which it is one of the [`Upstreams`].
//!
//! Invariant: whatever a client sends, the answer carries `X-Request-ID`, and an error is `application/problem+json`.

mod admin;
mod application;
mod arrival;
mod authorization;
mod batch;
mod body_limit;
mod caller;
mod classes;
mod connections;
mod document;
mod encoding;
mod errors;
mod fields;
#[cfg(any(test, feature = "fuzzing"))]
#[doc(hidden)]
pub mod fuzzing;
mod headers;
mod health;
mod hosts;
mod limits;
mod origin;
mod passage;
mod serve;
mod settings;
mod upstreams;
mod welcome;

use axum::{Extension, extract::DefaultBodyLimit, middleware};
use tokio::sync::watch;
use tower::{ServiceBuilder, util::option_layer};
use tower_http::catch_panic::CatchPanicLayer;
use utoipa::openapi::OpenApi;
use utoipa_axum::routes;

pub use axum::Router;
pub use utoipa_axum::router::OpenApiRouter;

pub use admin::{admin, admin_starting, install_metrics};
pub use application::{Application, starting};
pub use authorization::Authorization;
pub use classes::class_of;
pub use connections::ConnectionSettings;
pub use health::Readiness;
pub use hosts::{BadHost, Hosts};
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
    let own = OpenApiRouter::with_openapi(document::description()).routes(routes!(welcome::welcome));
    let (router, api) = together(own, services, readiness);
    let guarded = guarded(router.merge(document::pages()), &api, settings);
    // Outside of what completes errors, which writes their bodies anew.
    received(public(guarded, settings), &api, settings).layer(encoding::compression())
}

/// These services' routes for a gateway elsewhere: without what is for browsers, which it has.
pub fn plain(
    services: OpenApiRouter,
    settings: &GatewaySettings,
    readiness: watch::Receiver<Readiness>,
) -> Router {
    let own = OpenApiRouter::with_openapi(document::description());
    let (router, api) = together(own, services, readiness);
    received(guarded(router, &api, settings), &api, settings)
}

/// The routes of services beside those that each process has, and what describes them all.
fn together(
    own: OpenApiRouter<watch::Receiver<Readiness>>,
    services: OpenApiRouter,
    readiness: watch::Receiver<Readiness>,
) -> (Router, OpenApi) {
    own.routes(routes!(health::health))
        .routes(routes!(health::ready))
        .routes(routes!(document::openapi))
        .with_state(readiness)
        .merge(services)
        .split_for_parts()
}

// Stacks, and not a layer after the other: a router boxes what each layer makes, and copies all boxes for each request at each of
// them. In a stack the first is the outermost.

/// With bodies capped, panics answered, and an answer where there is no route.
fn guarded(router: Router, api: &OpenApi, settings: &GatewaySettings) -> Router {
    let most = settings.body;
    let layers = ServiceBuilder::new()
        .layer(middleware::from_fn_with_state(most, body_limit::limit))
        .layer(middleware::from_fn_with_state(settings.authorization, authorization::check))
        .layer(CatchPanicLayer::custom(errors::panicked))
        .layer(middleware::from_fn_with_state(most, encoding::unpack))
        .layer(middleware::from_fn_with_state(batch::Limits::of(settings), batch::count))
        .layer(DefaultBodyLimit::max(most.as_usize()))
        .layer(Extension(document::Document::of(api)));
    router.fallback(errors::nothing_here).layer(layers)
}

/// With what browsers are told and held to, and what callers ask counted, if that is limited. Not for services behind a gateway
/// elsewhere, which has done it.
fn public(router: Router, settings: &GatewaySettings) -> Router {
    let limits = settings.limits.clone();
    let layers = ServiceBuilder::new()
        .layer(middleware::from_fn(headers::protect))
        .layer(option_layer(headers::cors(&settings.cors_origins)))
        .layer(middleware::from_fn_with_state(origin::Allowed::new(&settings.cors_origins), origin::check))
        .layer(option_layer(limits.map(|limits| middleware::from_fn_with_state(limits, limits::limit))));
    router.layer(layers)
}

/// The outermost layers: they see, name and count whatever the others answer.
fn received(router: Router, api: &OpenApi, settings: &GatewaySettings) -> Router {
    let trusted = caller::Trusted::new(&settings.trusted_proxies);
    let arrival = arrival::Arrival { methods: document::Methods::of(api), hosts: settings.hosts.clone() };
    let layers = ServiceBuilder::new()
        .layer(middleware::from_fn_with_state(trusted, caller::find))
        .layer(middleware::from_fn_with_state(arrival, arrival::receive));
    router.layer(layers)
}
