//! Welcome page at `/`, until there is a web app.

use axum::{
    http::{HeaderMap, header},
    response::{Html, IntoResponse, Response},
};

const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'";

/// A greeting.
///
/// A page that says what this is, with a first program to try.
#[utoipa::path(
    get, path = "/", tag = "Operating", operation_id = "welcome",
    responses((status = 200, description = "A page for people.", body = String, content_type = "text/html"))
)]
pub(crate) async fn welcome(headers: HeaderMap) -> Response {
    let host = headers.get(header::HOST).and_then(|value| value.to_str().ok()).filter(|host| is_plain(host));
    let page = include_str!("welcome.html").replace("{host}", host.unwrap_or("127.0.0.1:8080"));
    ([(header::CONTENT_SECURITY_POLICY, POLICY)], Html(page)).into_response()
}

/// Whether a host can be inserted into a page without escaping.
fn is_plain(host: &str) -> bool {
    host.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b':' | b'-' | b'[' | b']'))
}
