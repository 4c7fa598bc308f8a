//! Every error as a problem, with the request's id in it: those of services, and those that axum or a layer made.

use std::any::Any;

use axum::{
    body::{Body, to_bytes},
    http::{Method, StatusCode, Uri, header},
    response::{IntoResponse as _, Response},
};
use model::RequestId;
use wire::{ProblemDetails, ProblemType};

/// More of a foreign error's text is not worth repeating.
const LONGEST_TEXT: usize = 2048;

/// The answer to an address that is none.
pub(crate) async fn nothing_here(uri: Uri) -> ProblemDetails {
    let path: String = uri.path().chars().take(100).collect();
    let path = model::escape_invisible(&path);
    ProblemDetails::new(
        ProblemType::RouteNotFound,
        format!("There is nothing at {path}. /docs lists what there is."),
    )
}

/// The answer to a request whose handler panicked. Runs within the request's span, so the log line has its id.
#[expect(clippy::needless_pass_by_value, reason = "the layer hands it over")]
pub(crate) fn panicked(panic: Box<dyn Any + Send>) -> Response {
    let said = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("something that is no text");
    tracing::error!(panic = said, "a handler panicked");
    ProblemDetails::internal().into_response()
}

/// The answer to a request whose route takes other methods. axum adds the header `Allow` outside of all layers.
pub(crate) fn wrong_method(method: &Method, taken: &str) -> ProblemDetails {
    let detail = format!("{method} does not go with this address; it takes {taken}.");
    ProblemDetails::new(ProblemType::MethodNotAllowed, detail)
}

/// The response with its error, if it is one, as a problem that carries the request's id.
pub(crate) async fn completed(
    mut response: Response,
    wrong_method: impl Fn() -> ProblemDetails,
    id: &RequestId,
) -> Response {
    let status = response.status();
    let problem = match response.extensions_mut().remove::<ProblemDetails>() {
        Some(problem) => problem,
        // A service elsewhere has said it already, with the same id.
        None if is_problem(&response) => return response,
        None if status.is_client_error() || status.is_server_error() => {
            foreign(&mut response, wrong_method).await
        }
        None => return response,
    };
    let problem = ProblemDetails { request_id: Some(id.to_string()), ..problem };
    let mut completed = problem.into_response();
    // What the error said in headers stays, such as the methods that a route does take.
    for (name, value) in response.headers() {
        if *name != header::CONTENT_LENGTH && !completed.headers().contains_key(name) {
            completed.headers_mut().append(name, value.clone());
        }
    }
    completed
}

fn is_problem(response: &Response) -> bool {
    response.headers().get(header::CONTENT_TYPE).is_some_and(|value| value == wire::PROBLEM_JSON)
}

/// The problem behind an error that is not one of ours.
async fn foreign(response: &mut Response, wrong_method: impl Fn() -> ProblemDetails) -> ProblemDetails {
    let status = response.status();
    match status {
        StatusCode::NOT_FOUND => ProblemDetails::new(
            ProblemType::RouteNotFound,
            "There is nothing here. /docs lists what there is.",
        ),
        StatusCode::METHOD_NOT_ALLOWED => wrong_method(),
        _ if status.is_client_error() => {
            let body = std::mem::replace(response.body_mut(), Body::empty());
            let text = to_bytes(body, LONGEST_TEXT).await.unwrap_or_default();
            ProblemDetails::from_status(status, String::from_utf8_lossy(&text).into_owned())
        }
        _ => ProblemDetails { status: status.as_u16(), ..ProblemDetails::internal() },
    }
}
