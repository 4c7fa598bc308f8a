//! How large a body may be.
//!
//! A client that is still sending when it is refused often sees only a broken connection. So what it announces beyond
//! the cap is read and thrown away, within bounds, before it is told.

use std::time::Duration;

use axum::{
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use http_body_util::{BodyExt as _, Limited};
use model::Bytes;
use tokio::time::timeout;
use wire::{ProblemDetails, ProblemType};

/// A client that sends more than this is not worth the trouble.
const MOST_THROWN_AWAY: u64 = Bytes::mib(64).get();
/// Nor is one that takes longer than this.
const PATIENCE: Duration = Duration::from_secs(5);

/// Refuses bodies announced as larger than `most`, and cuts off those that turn out to be.
pub(crate) async fn limit(State(most): State<Bytes>, request: Request, next: Next) -> Response {
    let announced = announced(request.headers());
    // Whoever asks first has sent nothing yet.
    let asks_first = request.headers().contains_key(header::EXPECT);
    if announced.is_some_and(|announced| announced > most.get()) {
        if !asks_first && announced.is_some_and(|announced| announced <= MOST_THROWN_AWAY) {
            // Late or not, the answer is the same.
            let _ = timeout(PATIENCE, throw_away(request.into_body())).await;
        }
        return too_large(most).into_response();
    }
    let mut response = next.run(request.map(|body| Body::new(Limited::new(body, most.as_usize())))).await;
    if response.status() == StatusCode::PAYLOAD_TOO_LARGE {
        // The rest was not read, so the connection ends here. A client that is not told loses its next request on it.
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

pub(crate) fn announced(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// Reads what comes and keeps nothing.
pub(crate) async fn throw_away(mut body: Body) {
    while let Some(Ok(_)) = body.frame().await {}
}

fn too_large(most: Bytes) -> ProblemDetails {
    ProblemDetails::new(
        ProblemType::BodyTooLarge,
        format!("The body of a request may be at most {most}. Send less code, input or files."),
    )
}
