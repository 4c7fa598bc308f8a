//! Route `POST /api/execution/session`: starts a live session for a client that cannot open a `WebSocket`.
//!
//! The client follows the job's stream, which keeps the session alive, and sends input with requests of its own
//! ([`http_input`](super::http_input)). This process counts the session among its own until the job has ended, and ends it when it
//! shuts down.

use std::time::Duration;

use axum::{
    Extension,
    extract::{Request, State},
    http::request::Parts,
    response::Response,
};
use model::{Job, JobId};
use tokio::sync::OwnedSemaphorePermit;
use tokio_util::task::task_tracker::TaskTrackerToken;
use wire::{AcceptedBody, LanguageQuery, ProblemDetails, ResultBody, StartBody};

use crate::{
    ApiError, Execution,
    caller::Caller,
    cancel,
    help_language::help_language,
    job_watch,
    live_sessions::{
        frame::StartRequest, heartbeat::LingeringHeartbeat, session_job::session_job,
        session_limit::SessionLimit,
    },
    parameters::{IdempotencyKeyHeader, idempotency_key},
    submit::{
        body,
        run::{self, SubmitOutcome},
    },
};

/// Start a live session without a `WebSocket`.
///
/// For networks that block `WebSocket`s. The body is that of a `start` frame: a submission, and `pty` if the program is to have a
/// terminal. The answer is that to a submission. Then open `/api/execution/stream/{id}`, which brings output as it is written, and
/// send input to `/api/execution/{id}/stdin`. The session lasts as long as a stream of it is open, and 20 s longer, so that a client
/// that lost its connection can come back; then its program is ended. `DELETE /api/execution/{id}` stops it.
#[utoipa::path(
    post, path = "/api/execution/session", tag = "Running code", operation_id = "startSession",
    params(LanguageQuery, IdempotencyKeyHeader),
    request_body(content = StartBody, description = "The program, with what it is given.",
        example = json!({"language": "python", "code": "print(input('name? '))"})),
    responses(
        (status = 200, description = "The result, when the same request was sent before and its session has ended.", body = ResultBody),
        (status = 202, description = "Accepted and recorded.", body = AcceptedBody,
            headers(("Location" = String, description = "Where the result will be.")),
            example = json!({"jobId": "0192d3a4-5b6c-7d8e-9f01-23456789abcd", "status": "queued", "position": 1})),
        (status = 400, description = "The body is not JSON or not UTF-8, or a parameter is not valid.", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 413, description = "The body is too large.", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 415, description = "The body is not announced as JSON, or is compressed in another way than gzip.", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 422, description = "A field is not valid: `errors` names each that must change. Or the idempotency key came with another body before.", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 503, description = "As many sessions are open as the server holds, or too many jobs wait. Try again after `Retry-After`.", body = ProblemDetails, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn start_session(
    State(execution): State<Execution>,
    Extension(sessions): Extension<SessionLimit>,
    caller: Caller,
    request: Request,
) -> Result<Response, ApiError> {
    let (Parts { uri, headers, .. }, body) = request.into_parts();
    let words = help_language(&uri, &headers)?;
    let key = idempotency_key(&headers)?;
    body::require_json(&headers)?;
    let bytes = body::read(body, execution.settings().submissions.max_body).await?;
    let start = StartRequest::from_body(&bytes)?;
    let fingerprint = start.fingerprint.clone();
    let job = session_job(&execution, caller, start)?;
    let outcome = open(&execution, &sessions, Job { idempotency_key: key, ..job }, &fingerprint).await?;
    run::respond(&execution, outcome, Duration::ZERO, words).await
}

/// Records and enqueues the job, and counts it as a session. A repeated request needs no place.
async fn open(
    execution: &Execution,
    sessions: &SessionLimit,
    mut job: Job,
    fingerprint: &str,
) -> Result<SubmitOutcome, ApiError> {
    let permit = match sessions.acquire() {
        Ok(permit) => permit,
        Err(full) => {
            let key = job.idempotency_key.as_ref();
            let before = run::find_by_idempotency_key(execution, &job.principal, key, fingerprint).await?;
            return before.map(SubmitOutcome::Existing).ok_or(full);
        }
    };
    let outcome = run::submit_job(execution, &mut job, fingerprint, None).await?;
    if let SubmitOutcome::New { id, .. } = outcome {
        // Counted before the client knows of it, so that a shutdown waits for it.
        let open = OpenSession { _permit: permit, _tracked: execution.shutdown().track_session() };
        tokio::spawn(hold_until_ended(execution.clone(), id, open));
    }
    Ok(outcome)
}

/// A session that counts until this is dropped.
struct OpenSession {
    _permit: OwnedSemaphorePermit,
    _tracked: TaskTrackerToken,
}

/// Counts a session until its job has ended. At the end of a shutdown the job is cancelled, as that of every session.
async fn hold_until_ended(execution: Execution, id: JobId, open: OpenSession) {
    // It is dropped at once: the client has as long for its first stream as for another one.
    drop(LingeringHeartbeat::start(execution.broker().clone(), id));
    tokio::select! {
        () = job_watch::until_ended(&execution, id) => {}
        () = execution.shutdown().sessions_ended() => {
            if let Err(ApiError(problem)) = cancel::cancel_job(&execution, id).await {
                tracing::warn!(job = %id, problem = problem.detail, "a session's job could not be stopped");
            }
        }
    }
    drop(open);
}
