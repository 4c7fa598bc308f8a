//! Why a request is not served, as handlers return it.

use axum::response::{IntoResponse, Response};
use broker::BrokerError;
use store::{ObjectsError, StoreError};
use wire::{Problem, ProblemKind};

/// A problem on its way out. Boxed, since nearly every result in this crate may be one.
#[derive(Debug)]
pub(crate) struct Refusal(pub(crate) Box<Problem>);

impl Refusal {
    /// A problem of this kind, described by `detail`.
    pub(crate) fn new(kind: ProblemKind, detail: impl Into<String>) -> Self {
        Problem::new(kind, detail).into()
    }

    /// A job that is not there, or that the caller may not see: the two must look the same.
    pub(crate) fn no_such_job() -> Self {
        Self::new(
            ProblemKind::JobNotFound,
            "There is no job with this id, or it is not yours. Results are kept for a limited time after the job ended.",
        )
    }

    /// A file that the job has not left behind.
    pub(crate) fn no_such_artifact() -> Self {
        Self::new(
            ProblemKind::ArtifactNotFound,
            "The job has left no file of this name behind. Its result lists those that are kept.",
        )
    }
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self(Box::new(problem))
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Closed => closing(),
            error => failed("store", &error),
        }
    }
}

impl From<ObjectsError> for Refusal {
    fn from(error: ObjectsError) -> Self {
        failed("objects", &error)
    }
}

impl From<BrokerError> for Refusal {
    fn from(error: BrokerError) -> Self {
        match error {
            BrokerError::Closed => closing(),
            BrokerError::Unavailable { .. } => away(&error),
            error => failed("broker", &error),
        }
    }
}

/// The queue is away. The log has been told by whoever found out first.
fn away(error: &BrokerError) -> Refusal {
    let wait = error.retry_after().unwrap_or_default();
    let seconds = (wait.as_secs() + u64::from(wait.subsec_nanos() > 0)).max(1);
    tracing::debug!(%error, "a request cannot be served now");
    let detail = format!("The queue cannot be reached at the moment. Try again in {seconds} s.");
    Problem::new(ProblemKind::Unavailable, detail).retry_after(seconds).into()
}

fn closing() -> Refusal {
    Problem::new(ProblemKind::NotReady, "The server is shutting down. Try again in a moment.")
        .retry_after(2)
        .into()
}

/// Our failing: the log gets the whole of it, the client an apology.
fn failed(part: &str, error: &dyn std::error::Error) -> Refusal {
    let mut whole = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        whole = format!("{whole}: {cause}");
        source = cause.source();
    }
    tracing::error!(part, error = whole, "a request failed");
    Problem::internal().into()
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        self.0.into_response()
    }
}
