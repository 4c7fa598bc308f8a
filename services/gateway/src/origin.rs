//! Whose pages may open a `WebSocket`.
//!
//! Browsers ask nobody before they open one, unlike for other requests to another site, but they do say whose page it is.
//! Without this, any page that somebody reads could run programs on a server in their network, as them.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::{HeaderMap, header, uri::Authority},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use wire::{ProblemDetails, ProblemType};

/// The origins that may, besides the server's own.
#[derive(Debug, Clone)]
pub(crate) struct Allowed(Arc<[String]>);

impl Allowed {
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

/// Refuses to open a `WebSocket` for a page of another site. What is no browser names no origin, and may.
pub(crate) async fn check(State(allowed): State<Allowed>, request: Request, next: Next) -> Response {
    if is_foreign(&allowed, &request) {
        let detail =
            "Pages of this site may not open a session here. Who runs the server can allow it: cors_origins.";
        return ProblemDetails::new(ProblemType::OriginNotAllowed, detail).into_response();
    }
    next.run(request).await
}

pub(crate) fn is_foreign(allowed: &Allowed, request: &Request) -> bool {
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
    fn a_page_of_the_server_itself_and_of_those_named_may() {
        let allowed = Allowed::new(&["https://School.example/".to_owned()]);
        for (origin, host, may) in [
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
            assert_eq!(allowed.allows(origin, host), may, "{origin} at {host:?}");
        }
        assert!(Allowed::new(&["*".to_owned()]).allows("https://any.example", Some("code.example")));
        assert!(!Allowed::new(&[]).allows("https://any.example", Some("code.example")));
    }
}
