//! Authorization: handling of credentials on a server without accounts.
//!
//! A client with credentials expects to be recognized. Ignoring them would serve it as anonymous, with other
//! limits and with results that others can read, without telling it. Monitors may send credentials: health is
//! neither secret nor personal.

use axum::{
    extract::{Request, State},
    http::{HeaderValue, header},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use model::Principal;
use serde::{Deserialize, Serialize};
use wire::{ProblemDetails, ProblemType};

/// Handling of a request with an `Authorization` header.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Authorization {
    /// Reject it.
    #[default]
    #[serde(rename = "refuse")]
    Reject,
    /// Serve it as anonymous: for a proxy that has checked the header and forwards it.
    Ignore,
}

/// RFC 6750: an invalid token. It makes no browser ask for a password.
const CHALLENGE: &str =
    "Bearer error=\"invalid_token\", error_description=\"There are no accounts on this server.\"";

/// Paths of monitors.
pub(crate) const MONITOR_PATHS: [&str; 2] = ["/health", "/ready"];

/// Rejects a request with credentials, unless an outer layer has authenticated it.
pub(crate) async fn check(State(rule): State<Authorization>, request: Request, next: Next) -> Response {
    let is_known = request.extensions().get::<Principal>().is_some();
    let has_credentials = request.headers().contains_key(header::AUTHORIZATION);
    let is_monitor = MONITOR_PATHS.contains(&request.uri().path());
    if rule == Authorization::Ignore || !has_credentials || is_known || is_monitor {
        return next.run(request).await;
    }
    let mut response = unauthorized().into_response();
    response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(CHALLENGE));
    response
}

fn unauthorized() -> ProblemDetails {
    ProblemDetails::new(
        ProblemType::NotSignedIn,
        "There are no accounts on this server, so the header Authorization means nothing here. Leave it out: anybody may use \
         this server.",
    )
}
