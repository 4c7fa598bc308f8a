//! `WebSocket` origins: the sites whose pages may open a `WebSocket`.
//!
//! Browsers do not ask for permission before opening one, unlike for other cross-site requests, but they send
//! the page's origin. Without this check, any page that a user visits could run programs on a server in the
//! user's network.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::{HeaderMap, header, uri::Authority},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use wire::{ProblemDetails, ProblemType};

/// The allowed origins besides the server's own.
#[derive(Debug, Clone)]
pub(crate) struct AllowedOrigins(Arc<[String]>);

impl AllowedOrigins {
    pub(crate) fn new(origins: &[String]) -> Self {
        Self(origins.iter().map(|origin| origin.trim_end_matches('/').to_ascii_lowercase()).collect())
    }

    fn allows(&self, origin: &str, host: Option<&str>) -> bool {
        let origin = origin.to_ascii_lowercase();
        let own = origin.split_once("://").map(|(_, host)| host);
        own.is_some() && own == host.map(str::to_ascii_lowercase).as_deref()
            || self.0.iter().any(|allowed| *allowed == "*" || *allowed == origin)
    }
}

/// Rejects a `WebSocket` of a page of another site. Clients other than browsers send no origin and are allowed.
pub(crate) async fn check(State(allowed): State<AllowedOrigins>, request: Request, next: Next) -> Response {
    if is_cross_origin(&allowed, &request) {
        let detail =
            "Pages of this site may not open a session here. Who runs the server can allow it: cors_origins.";
        return ProblemDetails::new(ProblemType::OriginNotAllowed, detail).into_response();
    }
    next.run(request).await
}

pub(crate) fn is_cross_origin(allowed: &AllowedOrigins, request: &Request) -> bool {
    let text = |name| request.headers().get(name).map(|value| value.to_str().unwrap_or_default());
    let host = text(header::HOST).or_else(|| request.uri().authority().map(Authority::as_str));
    opens_web_socket(request.headers())
        && text(header::ORIGIN).is_some_and(|origin| !allowed.allows(origin, host))
}

fn opens_web_socket(headers: &HeaderMap) -> bool {
    let upgrade = headers.get(header::UPGRADE).and_then(|value| value.to_str().ok());
    upgrade.is_some_and(|upgrade| upgrade.eq_ignore_ascii_case("websocket"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_and_configured_origins_are_allowed() {
        let allowed = AllowedOrigins::new(&["https://School.example/".to_owned()]);
        for (origin, host, expected) in [
            ("http://127.0.0.1:8080", Some("127.0.0.1:8080"), true),
            ("https://code.example", Some("Code.example"), true),
            ("https://school.example", Some("code.example"), true),
            ("http://school.example", Some("code.example"), false),
            ("https://evil.example", Some("code.example"), false),
            ("https://code.example.evil.example", Some("code.example"), false),
            ("http://127.0.0.1:8081", Some("127.0.0.1:8080"), false),
            ("null", Some("code.example"), false),
            ("null", None, false),
            ("", Some(""), false),
        ] {
            assert_eq!(allowed.allows(origin, host), expected, "{origin} at {host:?}");
        }
        assert!(AllowedOrigins::new(&["*".to_owned()]).allows("https://any.example", Some("code.example")));
        assert!(!AllowedOrigins::new(&[]).allows("https://any.example", Some("code.example")));
    }
}
