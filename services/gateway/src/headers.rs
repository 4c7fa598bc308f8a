//! Headers that tell browsers what not to do, and whose pages may call us.

use axum::{
    extract::Request,
    http::{HeaderName, HeaderValue, Method, header},
    middleware::Next,
    response::Response,
};
use tower_http::cors::{AllowOrigin, CorsLayer};

use crate::{arrival::REQUEST_ID, fields};

/// An answer of the API is data: no browser is to run or load anything because of it.
const DATA: &str = "default-src 'none'; frame-ancestors 'none'";
/// The documentation page loads its own scripts and styles, and nothing from elsewhere.
const DOCS: &str = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
                    frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/// Adds the protective headers to whatever is answered. A page that brings its own policy keeps it.
pub(crate) async fn protect(request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let policy = if path == "/docs" || path.starts_with("/docs/") { DOCS } else { DATA };
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::CONTENT_SECURITY_POLICY, policy),
    ] {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

/// The layer that lets pages of these origins call the API; `None` if there are none.
pub(crate) fn cors(origins: &[String]) -> Option<CorsLayer> {
    if origins.is_empty() {
        return None;
    }
    let allowed = if origins.iter().any(|origin| origin == "*") {
        AllowOrigin::any()
    } else {
        AllowOrigin::list(origins.iter().filter_map(|origin| {
            let value = HeaderValue::from_str(origin.trim_end_matches('/'));
            value
                .inspect_err(|_| tracing::warn!(origin, "this CORS origin is not valid and is left out"))
                .ok()
        }))
    };
    let ours = |name| HeaderName::from_static(name);
    Some(
        CorsLayer::new()
            .allow_origin(allowed)
            .allow_methods([Method::GET, Method::POST, Method::DELETE])
            .allow_headers([
                header::CONTENT_TYPE,
                ours("idempotency-key"),
                ours("last-event-id"),
                ours("traceparent"),
                REQUEST_ID,
            ])
            .expose_headers([
                header::LOCATION,
                header::RETRY_AFTER,
                fields::POLICY,
                fields::STANDING,
                REQUEST_ID,
            ]),
    )
}
