//! Gateway: middleware and routing of the HTTP API, without business logic.
//!
//! It assigns request ids, converts errors to problem details, limits bodies, handles panics, logs and counts
//! each request, and serves the routes that belong to no service: health and the API description.
//! It knows no jobs, and a service is usable without it: [`router_behind_gateway`] serves one behind a gateway elsewhere, which
//! reaches it as one of its [`Upstreams`].
//!
//! A request passes these layers, from the outside in: connection limits and timeouts (`connections.rs`),
//! request id, host check and log (`request_log.rs`), client address (`client_address.rs`), rate limit
//! (`rate_limit.rs`), origin, CORS and security headers, body limit, authorization, decompression and batch
//! counting. Errors of all layers are listed in `openapi/layer_errors.rs`, so that the API description contains
//! them.
//!
//! Invariant: every response has an `X-Request-ID`, and every error is `application/problem+json`.

mod account;
mod admin;
mod allowed_hosts;
mod application;
mod authorization;
mod batch;
mod body_limit;
mod caller;
mod client_address;
mod compression;
mod connections;
mod device_cookie;
mod error_responses;
mod forwarding;
#[cfg(any(test, feature = "fuzzing"))]
#[doc(hidden)]
pub mod fuzzing;
mod health;
mod openapi;
mod rate_limit;
mod rate_limit_headers;
mod request_class;
mod request_log;
mod security_headers;
mod server;
mod settings;
mod upstreams;
mod websocket_origin;

use axum::{Extension, extract::DefaultBodyLimit, middleware};
use tokio::sync::watch;
use tower::{ServiceBuilder, util::option_layer};
use tower_http::catch_panic::CatchPanicLayer;
use utoipa::openapi::OpenApi;
use utoipa_axum::routes;

pub use axum::Router;
pub use utoipa_axum::router::OpenApiRouter;

pub use admin::{admin, admin_starting, install_metrics};
pub use allowed_hosts::{AllowedHosts, InvalidHost};
pub use application::{Application, startup_routes};
pub use authorization::Authorization;
pub use connections::ConnectionSettings;
pub use device_cookie::DeviceKey;
pub use forwarding::Forwarding;
pub use health::Readiness;
pub use ipnet::IpNet;
pub use metrics_exporter_prometheus::PrometheusHandle;
pub use rate_limit::RequestLimits;
pub use request_class::class_of;
pub use server::{close_connections_on, serve};
pub use settings::GatewaySettings;
pub use upstreams::{InvalidUpstream, UpstreamSettings, Upstreams};

/// The complete application: the routes of these services behind all layers, and the gateway's own routes.
pub fn app(
    services: OpenApiRouter,
    settings: &GatewaySettings,
    readiness: watch::Receiver<Readiness>,
) -> Router {
    let own = OpenApiRouter::with_openapi(openapi::description());
    let (router, api) = merge_routes(own, services, readiness);
    let router = with_route_layers(router.merge(openapi::pages()), &api, settings);
    // Outside of the error conversion, which rewrites bodies.
    with_outer_layers(with_public_layers(router, settings), &api, settings)
        .layer(compression::compress_responses())
}

/// The routes of these services for a gateway elsewhere, without the layers for browsers, which that gateway
/// has.
pub fn router_behind_gateway(
    services: OpenApiRouter,
    settings: &GatewaySettings,
    readiness: watch::Receiver<Readiness>,
) -> Router {
    let own = OpenApiRouter::with_openapi(openapi::description());
    let (router, api) = merge_routes(own, services, readiness);
    with_outer_layers(with_route_layers(router, &api, settings), &api, settings)
}

/// Merges the services' routes with those of every process, with the description of all.
fn merge_routes(
    own: OpenApiRouter<watch::Receiver<Readiness>>,
    services: OpenApiRouter,
    readiness: watch::Receiver<Readiness>,
) -> (Router, OpenApi) {
    own.routes(routes!(health::health))
        .routes(routes!(health::ready))
        .routes(routes!(openapi::openapi))
        .with_state(readiness)
        .merge(services)
        .split_for_parts()
}

// Layers are stacked and not added one by one: a router boxes the result of each layer, and clones all boxes
// for each request at each of them. In a stack the first layer is the outermost.

/// Adds body limits, panic handling and the fallback route.
fn with_route_layers(router: Router, api: &OpenApi, settings: &GatewaySettings) -> Router {
    let max_body = settings.max_body;
    let layers = ServiceBuilder::new()
        .layer(middleware::from_fn_with_state(max_body, body_limit::limit))
        .layer(middleware::from_fn_with_state(settings.authorization, authorization::check))
        .layer(CatchPanicLayer::custom(error_responses::panic_response))
        .layer(middleware::from_fn_with_state(max_body, compression::decompress_request))
        .layer(middleware::from_fn_with_state(
            batch::BatchLimits::new(settings.max_body, settings.max_batch),
            batch::count_submissions,
        ))
        .layer(DefaultBodyLimit::max(max_body.as_usize()))
        .layer(Extension(openapi::Document::new(api)));
    router.fallback(error_responses::not_found).layer(layers)
}

/// Adds the layers for browsers and the rate limit. Not for services behind another gateway, which has them.
fn with_public_layers(router: Router, settings: &GatewaySettings) -> Router {
    let limits = settings.limits.clone();
    let layers = ServiceBuilder::new()
        .layer(middleware::from_fn(security_headers::protect))
        .layer(option_layer(security_headers::cors(&settings.cors_origins)))
        .layer(middleware::from_fn_with_state(
            websocket_origin::AllowedOrigins::new(&settings.cors_origins),
            websocket_origin::check,
        ))
        .layer(option_layer(limits.map(|limits| middleware::from_fn_with_state(limits, rate_limit::limit))));
    router.layer(layers)
}

/// Adds the outermost layers, which see, identify and count every response.
fn with_outer_layers(router: Router, api: &OpenApi, settings: &GatewaySettings) -> Router {
    let trusted = client_address::TrustedProxies::new(&settings.trusted_proxies);
    let request_log =
        request_log::RequestLog { methods: openapi::RouteMethods::new(api), hosts: settings.hosts.clone() };
    let layers = ServiceBuilder::new()
        .layer(middleware::from_fn_with_state(trusted, client_address::resolve))
        .layer(middleware::from_fn_with_state(request_log, request_log::log_request));
    router.layer(layers)
}
