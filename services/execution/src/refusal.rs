//! Error response of handlers: a problem (RFC 9457), made from the errors of store, objects and queue.

use std::time::Duration;

use axum::response::{IntoResponse, Response};
use broker::BrokerError;
use store::{ObjectsError, StoreError};
use wire::{ProblemDetails, ProblemType};

use crate::counts;

/// `Retry-After` in seconds while a backend is unavailable.
const AWAY: u64 = 3;

/// An error response. Boxed, since nearly every result of this crate contains one.
#[derive(Debug)]
pub(crate) struct Refusal(pub(crate) Box<ProblemDetails>);

impl Refusal {
    /// An error of this kind with this `detail`.
    pub(crate) fn new(kind: ProblemType, detail: impl Into<String>) -> Self {
        ProblemDetails::new(kind, detail).into()
    }

    /// 404 for a job that does not exist or that belongs to somebody else: the two must look the same.
    pub(crate) fn no_such_job() -> Self {
        Self::new(
            ProblemType::JobNotFound,
            "There is no job with this id, or it is not yours. Results are kept for a limited time after the job ended.",
        )
    }

    /// 404 for a file that is not among the artifacts of the job.
    pub(crate) fn no_such_artifact() -> Self {
        Self::new(
            ProblemType::ArtifactNotFound,
            "The job has left no file of this name behind. Its result lists those that are kept.",
        )
    }
}

impl From<ProblemDetails> for Refusal {
    fn from(problem: ProblemDetails) -> Self {
        Self(Box::new(problem))
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Closed => closing(),
            error if error.is_passing() => away("records", &error, AWAY),
            error => failed("records", &error),
        }
    }
}

impl From<ObjectsError> for Refusal {
    fn from(error: ObjectsError) -> Self {
        if error.is_passing() { away("objects", &error, AWAY) } else { failed("objects", &error) }
    }
}

impl From<BrokerError> for Refusal {
    fn from(error: BrokerError) -> Self {
        match error {
            BrokerError::Closed => closing(),
            BrokerError::Unavailable { .. } => {
                away("queue", &error, error.retry_after().map_or(AWAY, whole_seconds))
            }
            error => failed("queue", &error),
        }
    }
}

fn closing() -> Refusal {
    ProblemDetails::new(ProblemType::NotReady, "The server is shutting down. Try again in a moment.")
        .retry_after(2)
        .into()
}

/// 503 for a temporary failure of a backend: the operation was not done, or may be repeated.
fn away(engine: &'static str, error: &dyn std::error::Error, seconds: u64) -> Refusal {
    counts::engine_failed(engine);
    tracing::warn!(engine, error = with_causes(error), "a request was sent away for now");
    let detail = "A part of the server is away for the moment. Try again in a few seconds; with an Idempotency-Key, nothing is \
        done twice.";
    ProblemDetails::new(ProblemType::NotReady, detail).retry_after(seconds).into()
}

/// Whole seconds, rounded up, so that a client does not retry too early.
fn whole_seconds(wait: Duration) -> u64 {
    (wait.as_secs() + u64::from(wait.subsec_nanos() > 0)).max(1)
}

/// 500 for a permanent failure: the log has the details, the response has none.
fn failed(engine: &'static str, error: &dyn std::error::Error) -> Refusal {
    counts::engine_failed(engine);
    tracing::error!(engine, error = with_causes(error), "a request failed");
    ProblemDetails::internal().into()
}

/// An error and its sources in one line.
fn with_causes(error: &dyn std::error::Error) -> String {
    let mut whole = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        whole = format!("{whole}: {cause}");
        source = cause.source();
    }
    whole
}

impl IntoResponse for Refusal {
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
        let response = Refusal::from(error).into_response();
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(response.headers()[header::RETRY_AFTER], "2");
    }
}
