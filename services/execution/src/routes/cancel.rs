//! `DELETE /api/execution/{id}`.

use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use broker::Cancel;
use model::{Completion, Job, JobId, JobRecord, JobStatus, Timestamp};
use store::Cancelled;
use wire::{CancellingBody, CancellingStatus, Problem, ProblemKind, ResultBody};

use crate::{Execution, Refusal, answer, caller::Caller, parameters::Id, watch};

/// Cancel a job.
///
/// A job that waits is cancelled at once. One that runs is told to stop, which takes a moment: read its result, or
/// follow its stream, to see it end. What it had written by then is in its result.
#[utoipa::path(
    delete, path = "/api/execution/{id}", tag = "Running code", operation_id = "cancel",
    params(("id" = String, Path, description = "The job's id.", example = "0192d3a4-5b6c-7d8e-9f01-23456789abcd")),
    responses(
        (status = 200, description = "It is cancelled.", body = ResultBody),
        (status = 202, description = "It runs, and has been told to stop.", body = CancellingBody),
        (status = 400, description = "The id is not one.", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such job, or not the caller's.", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "It had ended before.", body = Problem, content_type = "application/problem+json",
            example = json!({"type": "urn:coderunner:already-finished", "title": "The job has already ended", "status": 409,
                "detail": "The job is completed, so there is nothing left to cancel.",
                "requestId": "0192d3a4-5b6c-7d8e-9f01-23456789abcd"})),
        (status = 500, description = "We failed.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn cancel(
    State(execution): State<Execution>,
    caller: Caller,
    Id(id): Id,
) -> Result<Response, Refusal> {
    let record = watch::readable(&execution, &caller, id).await?;
    match stop(&execution, &record.job).await? {
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

/// Cancels a job, whether it waits or runs.
pub(super) async fn stop(execution: &Execution, job: &Job) -> Result<Stopped, Refusal> {
    let id = job.id;
    // The record first: it is the truth, and a worker that takes the job up meanwhile is told by it.
    match execution.store.cancel(id, Timestamp::now()).await? {
        Cancelled::WasQueued => {
            // What is left of it in the queue is harmless: a worker that claims it finds the record final.
            if let Err(error) = execution.broker.cancel(id).await {
                tracing::warn!(job = %id, %error, "a cancelled job stays in the queue for a while");
            }
            watch::announce_end(execution, job).await;
            Ok(Stopped::Ended)
        }
        Cancelled::Requested => match execution.broker.cancel(id).await? {
            Cancel::Signalled | Cancel::Unknown => Ok(Stopped::Told),
            Cancel::Dequeued => end_between_attempts(execution, id).await.map(|()| Stopped::Ended),
        },
        Cancelled::AlreadyFinal(status) => Ok(Stopped::Before(status)),
        Cancelled::Missing => Ok(Stopped::Missing),
    }
}

/// Ends a job whose last attempt was lost and whose next one we have just taken out of the queue: nobody else will. The
/// attempt's number fences off the lost worker, should it come back.
async fn end_between_attempts(execution: &Execution, id: JobId) -> Result<(), Refusal> {
    let JobRecord { job, .. } = execution.store.record(id).await?.ok_or_else(Refusal::no_such_job)?;
    let completion = Completion::Cancelled(None);
    execution.store.complete(id, job.attempt, &completion, Timestamp::now()).await?;
    watch::announce_end(execution, &job).await;
    Ok(())
}

async fn ended(execution: &Execution, id: JobId) -> Result<Response, Refusal> {
    let record = execution.store.record(id).await?.ok_or_else(Refusal::no_such_job)?;
    Ok(Json(answer::shown(&record)).into_response())
}

fn cancelling(id: JobId) -> Response {
    let body = CancellingBody { job_id: id.to_string(), status: CancellingStatus::Cancelling };
    (StatusCode::ACCEPTED, Json(body)).into_response()
}

fn already(status: JobStatus) -> Refusal {
    let detail = format!("The job is {}, so there is nothing left to cancel.", status.as_str());
    Refusal::new(ProblemKind::AlreadyFinished, detail)
}
