//! Route `GET /api/execution/result/{id}`: reads a result, and waits for it on request.

use std::time::Duration;

use axum::extract::State;
use wire::{JobStatusName, Json, ProblemDetails, ResultBody, WaitQuery};

use crate::{
    ApiError, Execution,
    caller::Caller,
    help_language::HelpLanguage,
    job_watch,
    parameters::{JobIdParam, JobPath, WaitParam},
    results::result_body,
    submit::run,
};

/// Explanation for a job whose toolchain is being prepared.
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
pub(crate) async fn result(
    State(execution): State<Execution>,
    caller: Caller,
    JobIdParam(id): JobIdParam,
    WaitParam(timeout): WaitParam,
    HelpLanguage(words): HelpLanguage,
) -> Result<Json<ResultBody>, ApiError> {
    let progress = job_watch::authorized_progress(&execution, &caller, id).await?;
    let timeout = if progress.status.is_final() { Duration::ZERO } else { timeout };
    let record = job_watch::wait_until_final(&execution, id, timeout).await?;
    let mut body = result_body::result_body(&record, words);
    if body.status == JobStatusName::Queued
        && run::waiting_for(&execution, &record.job.submission.language).is_some()
    {
        body.explanation = Some(WAITS_FOR_TOOLCHAIN.to_owned());
    }
    Ok(Json(body))
}
