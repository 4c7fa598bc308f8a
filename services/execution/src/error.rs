//! Error response of handlers: a problem (RFC 9457), made from the errors of store, objects and queue.

use std::time::Duration;

use axum::response::{IntoResponse, Response};
use broker::BrokerError;
use model::wording::error_chain;
use store::{ObjectsError, StoreError};
use wire::{ProblemDetails, ProblemType};

use crate::service_metrics;

/// `Retry-After` in seconds while a backend is unavailable.
const RETRY_SECONDS: u64 = 3;

/// An error response. Boxed, since nearly every result of this crate contains one.
#[derive(Debug)]
pub(crate) struct ApiError(pub(crate) Box<ProblemDetails>);

impl ApiError {
    /// An error of this kind with this `detail`.
    pub(crate) fn new(kind: ProblemType, detail: impl Into<String>) -> Self {
        ProblemDetails::new(kind, detail).into()
    }

    /// 404 for a job that does not exist or that belongs to somebody else: the two must look the same.
    pub(crate) fn job_not_found() -> Self {
        Self::new(
            ProblemType::JobNotFound,
            "There is no job with this id, or it is not yours. Results are kept for a limited time after the job ended.",
        )
    }

    /// 404 for a file that is not among the artifacts of the job.
    pub(crate) fn artifact_not_found() -> Self {
        Self::new(
            ProblemType::ArtifactNotFound,
            "The job has left no file of this name behind. Its result lists those that are kept.",
        )
    }
}

impl From<ProblemDetails> for ApiError {
    fn from(problem: ProblemDetails) -> Self {
        Self(Box::new(problem))
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Closed => shutting_down(),
            error if error.is_transient() => unavailable("records", &error, RETRY_SECONDS),
            error => internal("records", &error),
        }
    }
}

impl From<ObjectsError> for ApiError {
    fn from(error: ObjectsError) -> Self {
        if error.is_transient() {
            unavailable("objects", &error, RETRY_SECONDS)
        } else {
            internal("objects", &error)
        }
    }
}

impl From<BrokerError> for ApiError {
    fn from(error: BrokerError) -> Self {
        match error {
            BrokerError::Closed => shutting_down(),
            BrokerError::Unavailable { .. } => {
                unavailable("queue", &error, error.retry_after().map_or(RETRY_SECONDS, whole_seconds))
            }
            error => internal("queue", &error),
        }
    }
}

fn shutting_down() -> ApiError {
    ProblemDetails::new(ProblemType::NotReady, "The server is shutting down. Try again in a moment.")
        .retry_after(2)
        .into()
}

/// 503 for a temporary failure of a backend: the operation was not done, or may be repeated.
fn unavailable(engine: &'static str, error: &(dyn std::error::Error + 'static), seconds: u64) -> ApiError {
    service_metrics::engine_failed(engine);
    tracing::warn!(engine, error = error_chain(error), "a request was sent away for now");
    let detail = "A part of the server is away for the moment. Try again in a few seconds; with an Idempotency-Key, nothing is \
        done twice.";
    ProblemDetails::new(ProblemType::NotReady, detail).retry_after(seconds).into()
}

/// Whole seconds, rounded up, so that a client does not retry too early.
fn whole_seconds(wait: Duration) -> u64 {
    (wait.as_secs() + u64::from(wait.subsec_nanos() > 0)).max(1)
}

/// 500 for a permanent failure: the log has the details, the response has none.
fn internal(engine: &'static str, error: &(dyn std::error::Error + 'static)) -> ApiError {
    service_metrics::engine_failed(engine);
    tracing::error!(engine, error = error_chain(error), "a request failed");
    ProblemDetails::internal().into()
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        self.0.into_response()
    }
}

#[cfg(test)]
mod tests {
    use axum::http::{StatusCode, header};

    use super::*;

    #[test]
    fn a_queue_that_cannot_be_reached_is_to_be_asked_again_soon() {
        let source = std::io::Error::from(std::io::ErrorKind::ConnectionRefused);
        let error = BrokerError::Unavailable { step: "enqueue a ticket", source: Box::new(source) };
        let response = ApiError::from(error).into_response();
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(response.headers()[header::RETRY_AFTER], "2");
    }
}
