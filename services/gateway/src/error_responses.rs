//! Error responses: every error as problem details (RFC 9457) with the request id, including errors of axum and
//! of layers.

use std::any::Any;

use axum::{
    body::{Body, to_bytes},
    http::{Method, StatusCode, Uri, header},
    response::{IntoResponse as _, Response},
};
use model::RequestId;
use wire::{ProblemDetails, ProblemType};

/// Maximum length of a quoted error text.
const MAX_TEXT: usize = 2048;

/// Response for an unknown path.
pub(crate) async fn not_found(uri: Uri) -> ProblemDetails {
    let path: String = uri.path().chars().take(100).collect();
    let path = model::escape_invisible(&path);
    ProblemDetails::new(
        ProblemType::RouteNotFound,
        format!("There is nothing at {path}. /docs lists what there is."),
    )
}

/// Response after a panic of a handler. Runs in the request's span, so the log line has its id.
#[expect(clippy::needless_pass_by_value, reason = "the layer hands it over")]
pub(crate) fn panic_response(panic: Box<dyn Any + Send>) -> Response {
    let message = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("something that is no text");
    tracing::error!(panic = message, "a handler panicked");
    ProblemDetails::internal().into_response()
}

/// Response for an unsupported method. axum adds the `Allow` header outside of all layers.
pub(crate) fn method_not_allowed(method: &Method, allowed: &str) -> ProblemDetails {
    let detail = format!("{method} does not go with this address; it takes {allowed}.");
    ProblemDetails::new(ProblemType::MethodNotAllowed, detail)
}

/// Converts an error response to problem details with the request id.
pub(crate) async fn complete(
    mut response: Response,
    method_not_allowed: impl Fn() -> ProblemDetails,
    id: &RequestId,
) -> Response {
    let status = response.status();
    let problem = match response.extensions_mut().remove::<ProblemDetails>() {
        Some(problem) => problem,
        // A response of an upstream service is complete already, with the same id.
        None if is_problem(&response) => return response,
        None if status.is_client_error() || status.is_server_error() => {
            convert_error(&mut response, method_not_allowed).await
        }
        None => return response,
    };
    let problem = ProblemDetails { request_id: Some(id.to_string()), ..problem };
    let mut complete = problem.into_response();
    // Headers of the error are kept, for example `Allow`.
    for (name, value) in response.headers() {
        if *name != header::CONTENT_LENGTH && !complete.headers().contains_key(name) {
            complete.headers_mut().append(name, value.clone());
        }
    }
    complete
}

fn is_problem(response: &Response) -> bool {
    response.headers().get(header::CONTENT_TYPE).is_some_and(|value| value == wire::PROBLEM_JSON)
}

/// Problem details for an error of axum or a layer.
async fn convert_error(
    response: &mut Response,
    method_not_allowed: impl Fn() -> ProblemDetails,
) -> ProblemDetails {
    let status = response.status();
    match status {
        StatusCode::NOT_FOUND => ProblemDetails::new(
            ProblemType::RouteNotFound,
            "There is nothing here. /docs lists what there is.",
        ),
        StatusCode::METHOD_NOT_ALLOWED => method_not_allowed(),
        _ if status.is_client_error() => {
            let body = std::mem::replace(response.body_mut(), Body::empty());
            let text = to_bytes(body, MAX_TEXT).await.unwrap_or_default();
            ProblemDetails::from_status(status, String::from_utf8_lossy(&text).into_owned())
        }
        _ => ProblemDetails { status: status.as_u16(), ..ProblemDetails::internal() },
    }
}
