//! Body limit: maximum size of request bodies.
//!
//! A client that is still sending when it is rejected often sees only a broken connection. An announced excess
//! is therefore read and discarded, within bounds, before the response.

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

/// Maximum size of a discarded body.
const MAX_DRAINED: u64 = Bytes::mib(64).get();
/// Maximum time for discarding a body.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(5);

/// Rejects bodies announced as larger than `max`, and cuts off those that become larger.
pub(crate) async fn limit(State(max): State<Bytes>, request: Request, next: Next) -> Response {
    let content_length = content_length(request.headers());
    // A client with `Expect: 100-continue` has sent nothing yet.
    let expects_continue = request.headers().contains_key(header::EXPECT);
    if content_length.is_some_and(|content_length| content_length > max.get()) {
        if !expects_continue && content_length.is_some_and(|content_length| content_length <= MAX_DRAINED) {
            // The response is the same after a timeout.
            let _ = timeout(DRAIN_TIMEOUT, drain(request.into_body())).await;
        }
        return too_large(max).into_response();
    }
    let mut response = next.run(request.map(|body| Body::new(Limited::new(body, max.as_usize())))).await;
    if response.status() == StatusCode::PAYLOAD_TOO_LARGE {
        // The rest was not read, so the connection ends here. Without this header a client would lose its next
        // request on it.
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

pub(crate) fn content_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// Reads and discards a body.
pub(crate) async fn drain(mut body: Body) {
    while let Some(Ok(_)) = body.frame().await {}
}

fn too_large(max: Bytes) -> ProblemDetails {
    ProblemDetails::new(
        ProblemType::BodyTooLarge,
        format!("The body of a request may be at most {max}. Send less code, input or files."),
    )
}
