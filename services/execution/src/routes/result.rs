//! `GET /api/execution/result/{id}`.

use std::time::Duration;

use axum::extract::State;
use wire::{JobStatusName, Json, ProblemDetails, ResultBody, WaitQuery};

use crate::{
    Execution, Refusal, answer,
    caller::Caller,
    parameters::{Id, JobPath, Wait},
    routes::submit,
    watch,
};

/// What is said of a job that nobody can run yet.
const WAITS_FOR_TOOLCHAIN: &str = "The job waits: the toolchain of its language is being prepared, which a new worker does once and which takes some seconds.";

/// Result of a job.
///
/// The job as it is now; with `?wait=SECONDS`, as it is once it has ended, or after that time. An anonymous job may be
/// read by whoever holds its id, any other by its owner only.
#[utoipa::path(
    get, path = "/api/execution/result/{id}", tag = "Running code", operation_id = "result",
    params(JobPath, WaitQuery),
    responses(
        (status = 200, description = "The job; `status` says whether it has ended.", body = ResultBody),
        (status = 400, description = "The id is not one, or `wait` is out of range.", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 404, description = "No such job, or not the caller's.", body = ProblemDetails, content_type = "application/problem+json",
            example = json!({"type": "urn:coderunner:job-not-found", "title": "No such job", "status": 404,
                "detail": "There is no job with this id, or it is not yours. Results are kept for a limited time after the job ended.",
                "requestId": "0192d3a4-5b6c-7d8e-9f01-23456789abcd"})),
        (status = 403, description = "`?reveal=true` is for staff.", body = ProblemDetails, content_type = "application/problem+json"),
    )
)]
pub(super) async fn result(
    State(execution): State<Execution>,
    caller: Caller,
    Id(id): Id,
    Wait(patience): Wait,
) -> Result<Json<ResultBody>, Refusal> {
    let progress = watch::visible(&execution, &caller, id).await?;
    let patience = if progress.status.is_final() { Duration::ZERO } else { patience };
    let record = watch::until_final(&execution, id, patience).await?;
    let mut body = answer::shown(&record);
    if body.status == JobStatusName::Queued
        && submit::waiting_for(&execution, &record.job.submission.language).is_some()
    {
        body.explanation = Some(WAITS_FOR_TOOLCHAIN.to_owned());
    }
    Ok(Json(body))
}
