//! Health checks: `/health` (alive) and `/ready` (accepts work).

use axum::{
    extract::State,
    response::{IntoResponse as _, Response},
};
use tokio::sync::watch;
use wire::{HealthBody, HealthStatus, Json, ProblemDetails, ProblemType, ReadinessBody, ReadinessStatus};

/// Readiness of the server, published through a watch channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Readiness {
    /// Not ready yet, or no longer.
    NotReady {
        /// The reason, as a sentence.
        reason: String,
    },
    /// Ready.
    Ready {
        /// Restrictions of the service.
        notes: Vec<String>,
    },
}

/// Is it alive?
///
/// Answers as long as the process does. Whether it takes work is told by `/ready`.
#[utoipa::path(
    get, path = "/health", tag = "Operating", operation_id = "health",
    responses((status = 200, description = "It lives.", body = HealthBody))
)]
pub(crate) async fn health() -> Json<HealthBody> {
    Json(HealthBody { status: HealthStatus::Ok, version: env!("CARGO_PKG_VERSION").to_owned() })
}

/// Can it serve?
///
/// Answers 200 once a test program has been run successfully, and 503 with the reason before that, when test programs fail
/// later, and while shutting down.
#[utoipa::path(
    get, path = "/ready", tag = "Operating", operation_id = "ready",
    responses(
        (status = 200, description = "It takes work.", body = ReadinessBody, example = json!({"status": "ready", "notes": []})),
        (status = 503, description = "It does not; `detail` says why.", body = ProblemDetails, content_type = "application/problem+json",
            example = json!({"type": "urn:coderunner:not-ready", "title": "Not ready", "status": 503,
                "detail": "The first test run has not finished yet.", "requestId": "0192d3a4-5b6c-7d8e-9f01-23456789abcd"})),
    )
)]
pub(crate) async fn ready(State(readiness): State<watch::Receiver<Readiness>>) -> Response {
    match readiness.borrow().clone() {
        Readiness::Ready { notes } => {
            Json(ReadinessBody { status: ReadinessStatus::Ready, notes }).into_response()
        }
        Readiness::NotReady { reason } => unavailable(reason),
    }
}

/// 503 with this reason and an early retry.
pub(crate) fn unavailable(reason: String) -> Response {
    ProblemDetails::new(ProblemType::NotReady, reason).retry_after(1).into_response()
}
