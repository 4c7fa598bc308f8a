//! Route `GET /jobs/{id}/attempts` for operators: the attempt log of a job, on the admin listener, since it names machines and faults.

use axum::{Router, extract::State, routing::get};
use wire::{AttemptBody, AttemptsBody, Json};

use crate::{ApiError, Execution, parameters::JobIdParam};

/// The routes for operators. Serve them on the admin listener only.
pub fn operators(execution: Execution) -> Router {
    Router::new().route("/jobs/{id}/attempts", get(attempts)).with_state(execution)
}

async fn attempts(
    State(execution): State<Execution>,
    JobIdParam(id): JobIdParam,
) -> Result<Json<AttemptsBody>, ApiError> {
    let logged = execution.store().attempt_logs(id).await?;
    if logged.is_empty() && execution.store().progress(id).await?.is_none() {
        return Err(ApiError::job_not_found());
    }
    Ok(Json(AttemptsBody {
        job_id: id.to_string(),
        attempts: logged.iter().map(AttemptBody::from).collect(),
    }))
}
