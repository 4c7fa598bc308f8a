//! Route `DELETE /api/execution/result/{id}`: deletes the record and the objects of a finished job.

use axum::{extract::State, http::StatusCode};
use model::{JobId, JobStatus};
use store::DeleteOutcome;
use wire::{ProblemDetails, ProblemType};

use crate::{
    ApiError, Execution,
    caller::Caller,
    job_watch,
    parameters::{JobIdParam, JobPath},
    service_metrics,
};

/// Delete a result.
///
/// The job's record is deleted with its code, input and output, and all files that it has left behind; its idempotency key is
/// free again. What operators see of its attempts has none of these, and is kept as long as ever. A job that has not ended is
/// refused: cancel it first. From then on the job is not found, by this route either, so sending the request again does no
/// harm: a client whose answer was lost may take 404 as done. Whoever still follows the job sees its stream end.
#[utoipa::path(
    delete, path = "/api/execution/result/{id}", tag = "Running code", operation_id = "deleteResult",
    params(JobPath),
    responses(
        (status = 204, description = "It is deleted."),
        (status = 400, description = "The id is not one.", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 404, description = "No such job (any more), or not the caller's.", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 409, description = "It has not ended.", body = ProblemDetails, content_type = "application/problem+json",
            example = json!({"type": "urn:coderunner:not-finished", "title": "The job has not ended", "status": 409,
                "detail": "The job is processing. Cancel it with DELETE /api/execution/0192d3a4-5b6c-7d8e-9f01-23456789abcd, and delete its result once it has ended.",
                "requestId": "0192d3a4-5b6c-7d8e-9f01-23456789abcd"})),
        (status = 503, description = "The records cannot be reached. Try again after `Retry-After`.", body = ProblemDetails, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn delete(
    State(execution): State<Execution>,
    caller: Caller,
    JobIdParam(id): JobIdParam,
) -> Result<StatusCode, ApiError> {
    job_watch::authorized_progress(&execution, &caller, id).await?;
    // The record first: as long as it exists, so do the files that it lists.
    match execution.store().delete_finished(id).await? {
        DeleteOutcome::Deleted => {}
        DeleteOutcome::Unfinished(status) => return Err(not_finished(id, status)),
        DeleteOutcome::Missing => return Err(ApiError::job_not_found()),
    }
    metrics::counter!("coderunner_deleted_records_total").increment(1);
    if let Err(error) = execution.objects().delete_job(id).await {
        service_metrics::engine_failed("objects");
        tracing::warn!(job = %id, %error, "the files of a deleted job stay until the next sweep");
    }
    Ok(StatusCode::NO_CONTENT)
}

fn not_finished(id: JobId, status: JobStatus) -> ApiError {
    let status = status.as_str();
    let detail = format!(
        "The job is {status}. Cancel it with DELETE /api/execution/{id}, and delete its result once it has ended."
    );
    ApiError::new(ProblemType::NotFinished, detail)
}
