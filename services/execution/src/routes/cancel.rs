//! `DELETE /api/execution/{id}`.

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use broker::CancelOutcome;
use model::{Completion, JobId, JobStatus, Timestamp};
use store::{Cancelled, Completed, Progress};
use wire::{CancellingBody, CancellingStatus, Json, ProblemDetails, ProblemType, ResultBody};

use crate::{
    Execution, Refusal, answer,
    caller::Caller,
    parameters::{Id, JobPath},
    watch,
};

/// Cancel a job.
///
/// A job that waits is cancelled at once. One that runs is told to stop, which takes a moment: read its result, or
/// follow its stream, to see it end. What it had written by then is in its result.
#[utoipa::path(
    delete, path = "/api/execution/{id}", tag = "Running code", operation_id = "cancel",
    params(JobPath),
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
pub(super) async fn cancel(
    State(execution): State<Execution>,
    caller: Caller,
    Id(id): Id,
) -> Result<Response, Refusal> {
    watch::visible(&execution, &caller, id).await?;
    match stop(&execution, id).await? {
        Stopped::Ended => ended(&execution, id).await,
        Stopped::Told => Ok(cancelling(id)),
        Stopped::Before(status) => Err(already(status)),
        Stopped::Missing => Err(Refusal::no_such_job()),
    }
}

/// What came of stopping a job.
pub(super) enum Stopped {
    /// It is cancelled.
    Ended,
    /// It runs, and its attempt has been told.
    Told,
    /// It had ended already.
    Before(JobStatus),
    /// There is no such job.
    Missing,
}

/// How often a job is looked at that is at another attempt each time.
const LOOKS: u32 = 3;

/// Cancels a job, whether it waits or runs.
pub(super) async fn stop(execution: &Execution, id: JobId) -> Result<Stopped, Refusal> {
    for look in 0..LOOKS {
        match try_to_stop(execution, id).await? {
            // As it was told to.
            Some(Stopped::Before(JobStatus::Cancelled)) if look > 0 => return Ok(Stopped::Ended),
            Some(stopped) => return Ok(stopped),
            None => {}
        }
    }
    // The wish is in the record: whichever attempt comes next ends by it.
    Ok(Stopped::Told)
}

/// Cancels a job, unless it has come to another attempt meanwhile.
async fn try_to_stop(execution: &Execution, id: JobId) -> Result<Option<Stopped>, Refusal> {
    // The record first: it is the truth, and a worker that takes the job up meanwhile is told by it.
    match execution.store.cancel(id, Timestamp::now()).await? {
        Cancelled::WasQueued => {
            // What is left of it in the queue is harmless: a worker that claims it finds the record final.
            if let Err(error) = execution.broker.cancel(id).await {
                tracing::warn!(job = %id, %error, "a cancelled job stays in the queue for a while");
            }
            let attempt = execution.store.progress(id).await?.map_or(0, |progress| progress.attempt);
            watch::announce_end(execution, id, attempt).await;
            Ok(Some(Stopped::Ended))
        }
        Cancelled::Requested => match execution.broker.cancel(id).await? {
            CancelOutcome::Signalled | CancelOutcome::Unknown => Ok(Some(Stopped::Told)),
            CancelOutcome::Dequeued => end_between_attempts(execution, id).await,
        },
        Cancelled::AlreadyFinal(status) => Ok(Some(Stopped::Before(status))),
        Cancelled::Missing => Ok(Some(Stopped::Missing)),
    }
}

/// Ends a job whose last attempt was lost and whose next one we have just taken out of the queue: nobody else will. The
/// attempt's number fences off the lost worker, should it come back. None if that one came back first: it has ended the job,
/// or given it back.
async fn end_between_attempts(execution: &Execution, id: JobId) -> Result<Option<Stopped>, Refusal> {
    let Progress { attempt, .. } = execution.store.progress(id).await?.ok_or_else(Refusal::no_such_job)?;
    let completion = Completion::Cancelled(None);
    match execution.store.complete(id, attempt, &completion, Timestamp::now()).await? {
        Completed::Recorded => {
            watch::announce_end(execution, id, attempt).await;
            Ok(Some(Stopped::Ended))
        }
        Completed::Stale => Ok(None),
    }
}

async fn ended(execution: &Execution, id: JobId) -> Result<Response, Refusal> {
    let record = watch::record(execution, id).await?;
    Ok(Json(answer::shown(&record)).into_response())
}

fn cancelling(id: JobId) -> Response {
    let body = CancellingBody { job_id: id.to_string(), status: CancellingStatus::Cancelling };
    (StatusCode::ACCEPTED, Json(body)).into_response()
}

fn already(status: JobStatus) -> Refusal {
    let detail = format!("The job is {}, so there is nothing left to cancel.", status.as_str());
    Refusal::new(ProblemType::AlreadyFinished, detail)
}
