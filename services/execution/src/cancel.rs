//! Route `DELETE /api/execution/{id}`: cancels a job, whether it waits or runs.

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use broker::CancelOutcome;
use diagnostics::Language;
use model::{Completion, JobId, JobStatus, Timestamp};
use store::{CompleteOutcome, JobProgress, RecordCancelOutcome};
use wire::{CancellingBody, CancellingStatus, Json, LanguageQuery, ProblemDetails, ProblemType, ResultBody};

use crate::{
    ApiError, Execution,
    caller::Caller,
    help_language::HelpLanguage,
    job_watch,
    parameters::{JobIdParam, JobPath},
    results::result_body,
};

/// Cancel a job.
///
/// A job that waits is cancelled at once. One that runs is told to stop, which takes a moment: read its result, or
/// follow its stream, to see it end. What it had written by then is in its result.
#[utoipa::path(
    delete, path = "/api/execution/{id}", tag = "Running code", operation_id = "cancel",
    params(JobPath, LanguageQuery),
    responses(
        (status = 200, description = "It is cancelled.", body = ResultBody),
        (status = 202, description = "It runs, and has been told to stop.", body = CancellingBody),
        (status = 400, description = "The id is not one.", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 404, description = "No such job, or not the caller's.", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 409, description = "It had ended before.", body = ProblemDetails, content_type = "application/problem+json",
            example = json!({"type": "urn:coderunner:already-finished", "title": "The job has already ended", "status": 409,
                "detail": "The job is completed, so there is nothing left to cancel.",
                "requestId": "0192d3a4-5b6c-7d8e-9f01-23456789abcd"})),
    )
)]
pub(crate) async fn cancel(
    State(execution): State<Execution>,
    caller: Caller,
    JobIdParam(id): JobIdParam,
    HelpLanguage(words): HelpLanguage,
) -> Result<Response, ApiError> {
    job_watch::authorized_progress(&execution, &caller, id).await?;
    match cancel_job(&execution, id).await? {
        JobCancellation::Cancelled => cancelled_response(&execution, id, words).await,
        JobCancellation::Requested => Ok(cancelling_response(id)),
        JobCancellation::AlreadyFinal(status) => Err(already_final(status)),
        JobCancellation::NotFound => Err(ApiError::job_not_found()),
    }
}

/// Outcome of cancelling a job.
pub(crate) enum JobCancellation {
    /// The job is cancelled.
    Cancelled,
    /// The job runs, and its attempt was sent the request.
    Requested,
    /// The job had ended before.
    AlreadyFinal(JobStatus),
    /// There is no such job.
    NotFound,
}

/// Maximum number of tries for a job that is at another attempt each time.
const MAX_TRIES: u32 = 3;

/// Cancels a job, whether it waits or runs.
pub(crate) async fn cancel_job(execution: &Execution, id: JobId) -> Result<JobCancellation, ApiError> {
    for look in 0..MAX_TRIES {
        match try_cancel(execution, id).await? {
            // The previous try has cancelled it.
            Some(JobCancellation::AlreadyFinal(JobStatus::Cancelled)) if look > 0 => {
                return Ok(JobCancellation::Cancelled);
            }
            Some(stopped) => return Ok(stopped),
            None => {}
        }
    }
    // The request is recorded: the next attempt ends by it.
    Ok(JobCancellation::Requested)
}

/// Cancels a job; `None` if another attempt has begun in the meantime.
async fn try_cancel(execution: &Execution, id: JobId) -> Result<Option<JobCancellation>, ApiError> {
    // The record first: it is authoritative, and a worker that claims the job in the meantime reads it.
    match execution.store().cancel(id, Timestamp::now()).await? {
        RecordCancelOutcome::WasQueued => {
            // A ticket left in the queue is harmless: a worker that claims it finds the record final.
            if let Err(error) = execution.broker().cancel(id).await {
                tracing::warn!(job = %id, %error, "a cancelled job stays in the queue for a while");
            }
            let attempt = execution.store().progress(id).await?.map_or(0, |progress| progress.attempt);
            job_watch::publish_finished(execution, id, attempt).await;
            Ok(Some(JobCancellation::Cancelled))
        }
        RecordCancelOutcome::Requested => match execution.broker().cancel(id).await? {
            CancelOutcome::Signalled | CancelOutcome::Unknown => Ok(Some(JobCancellation::Requested)),
            CancelOutcome::Dequeued => end_between_attempts(execution, id).await,
        },
        RecordCancelOutcome::AlreadyFinal(status) => Ok(Some(JobCancellation::AlreadyFinal(status))),
        RecordCancelOutcome::Missing => Ok(Some(JobCancellation::NotFound)),
    }
}

/// Ends a job whose last attempt was lost and whose ticket was just removed from the queue. The attempt number fences the lost
/// worker. `None` if that worker came back first and has completed or abandoned the attempt.
async fn end_between_attempts(execution: &Execution, id: JobId) -> Result<Option<JobCancellation>, ApiError> {
    let JobProgress { attempt, .. } =
        execution.store().progress(id).await?.ok_or_else(ApiError::job_not_found)?;
    let completion = Completion::Cancelled(None);
    match execution.store().complete(id, attempt, &completion, Timestamp::now()).await? {
        CompleteOutcome::Recorded => {
            job_watch::publish_finished(execution, id, attempt).await;
            Ok(Some(JobCancellation::Cancelled))
        }
        CompleteOutcome::Stale => Ok(None),
    }
}

async fn cancelled_response(execution: &Execution, id: JobId, words: Language) -> Result<Response, ApiError> {
    let record = job_watch::record(execution, id).await?;
    Ok(Json(result_body::result_body(&record, words)).into_response())
}

fn cancelling_response(id: JobId) -> Response {
    let body = CancellingBody { job_id: id.to_string(), status: CancellingStatus::Cancelling };
    (StatusCode::ACCEPTED, Json(body)).into_response()
}

fn already_final(status: JobStatus) -> ApiError {
    let detail = format!("The job is {}, so there is nothing left to cancel.", status.as_str());
    ApiError::new(ProblemType::AlreadyFinished, detail)
}
