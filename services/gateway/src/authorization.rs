//! The header `Authorization`, while nobody has an account here.
//!
//! Whoever sends one believes to be somebody. To ignore it would serve them as anybody, with other limits and results that others may
//! read, and would not tell them. Monitors may send what they like: whether the server lives is no secret and nobody's own.

use axum::{
    extract::{Request, State},
    http::{HeaderValue, header},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use model::Principal;
use serde::{Deserialize, Serialize};
use wire::{ProblemDetails, ProblemType};

/// What becomes of a request with a header `Authorization` that means nothing here.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Authorization {
    /// It is refused.
    #[default]
    Refuse,
    /// It is served as if there were none: for a proxy in front that has checked it, and passes it on.
    Ignore,
}

/// Of RFC 6750: there is a token, and it is none of ours. It makes no browser ask for a password.
const CHALLENGE: &str =
    "Bearer error=\"invalid_token\", error_description=\"There are no accounts on this server.\"";

/// What monitors ask.
pub(crate) const FOR_MONITORS: [&str; 2] = ["/health", "/ready"];

/// Refuses a request with credentials, unless somebody in front has found out whose they are.
pub(crate) async fn check(State(rule): State<Authorization>, request: Request, next: Next) -> Response {
    let is_known = request.extensions().get::<Principal>().is_some();
    let has_credentials = request.headers().contains_key(header::AUTHORIZATION);
    let is_monitor = FOR_MONITORS.contains(&request.uri().path());
    if rule == Authorization::Ignore || !has_credentials || is_known || is_monitor {
        return next.run(request).await;
    }
    let mut response = refused().into_response();
    response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(CHALLENGE));
    response
}

fn refused() -> ProblemDetails {
    ProblemDetails::new(
        ProblemType::NotSignedIn,
        "There are no accounts on this server, so the header Authorization means nothing here. Leave it out: anybody may use \
         this server.",
    )
}
