//! Routes `POST /api/execution/{id}/stdin`, `/eof`, `/signal` and `/resize`: input of a live session, one message in each request.
//!
//! A response with 204 means that the message is in the inbox of the attempt. Until the program has a worker the request waits, so
//! no process keeps input that was acknowledged; [`InputOrder`] says in which order.

use axum::{
    Extension,
    extract::{FromRequest, Request, State},
    http::StatusCode,
};
use broker::{Control, Delivery};
use futures_util::StreamExt as _;
use model::{JobId, JobStatus};
use serde_json::{Map, Value};
use tokio::time::{sleep, timeout};
use wire::{ProblemDetails, ProblemType, SignalBody, StdinBody, TerminalBody};

use crate::{
    ApiError, Execution,
    caller::Caller,
    job_watch::{self, no_events},
    live_sessions::{frame, input_order::InputOrder},
    parameters::{JobIdParam, JobPath},
    submit::body,
};

/// Type input into a live session.
///
/// For sessions without a `WebSocket`, from everybody who may follow the job's stream. The answer comes when the program's worker
/// has the input; before the program has its turn, that takes as long as it waits, at most a minute. Send the next input after the
/// answer: requests that are under way together may be exchanged.
#[utoipa::path(
    post, path = "/api/execution/{id}/stdin", tag = "Running code", operation_id = "sessionStdin",
    params(JobPath), request_body = StdinBody,
    responses(
        (status = 204, description = "The worker has it."),
        (status = 400, description = "The id is not one, or the body is not JSON or not UTF-8.", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 404, description = "No such job, or not the caller's.", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 409, description = "The job is no live session, or has ended.", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 413, description = "It is more than 64 KiB, or more than may wait for the program to start.", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 415, description = "The body is not announced as JSON.", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 422, description = "A field is not valid.", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 503, description = "The program has not started yet. Send it again.", body = ProblemDetails, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn stdin(
    state: State<Execution>,
    order: Extension<InputOrder>,
    caller: Caller,
    id: JobIdParam,
    InputFields(fields): InputFields,
) -> Result<StatusCode, ApiError> {
    let typed = frame::typed(fields, state.settings().sessions.max_input)?;
    send(&state, &order, &caller, (id.0, Control::Stdin(typed))).await
}

/// End the input of a live session.
///
/// As the frame `eof`: no more input. In a terminal this presses Ctrl-D. The request has no body.
#[utoipa::path(
    post, path = "/api/execution/{id}/eof", tag = "Running code", operation_id = "sessionEof",
    params(JobPath),
    responses(
        (status = 204, description = "The worker knows."),
        (status = 400, description = "The id is not one.", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 404, description = "No such job, or not the caller's.", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 409, description = "The job is no live session, or has ended.", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 413, description = "More was sent than may wait for the program to start.", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 503, description = "The program has not started yet. Send it again.", body = ProblemDetails, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn eof(
    state: State<Execution>,
    order: Extension<InputOrder>,
    caller: Caller,
    id: JobIdParam,
) -> Result<StatusCode, ApiError> {
    send(&state, &order, &caller, (id.0, Control::Eof)).await
}

/// Send a signal to a live session.
///
/// As the frame `signal`: to the foreground process group of the terminal; without a terminal, to that of the program.
#[utoipa::path(
    post, path = "/api/execution/{id}/signal", tag = "Running code", operation_id = "sessionSignal",
    params(JobPath), request_body = SignalBody,
    responses(
        (status = 204, description = "The worker has it."),
        (status = 400, description = "The id is not one, or the body is not JSON or not UTF-8.", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 404, description = "No such job, or not the caller's.", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 409, description = "The job is no live session, or has ended.", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 413, description = "More was sent than may wait for the program to start.", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 415, description = "The body is not announced as JSON.", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 422, description = "A field is not valid.", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 503, description = "The program has not started yet. Send it again.", body = ProblemDetails, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn signal(
    state: State<Execution>,
    order: Extension<InputOrder>,
    caller: Caller,
    id: JobIdParam,
    InputFields(fields): InputFields,
) -> Result<StatusCode, ApiError> {
    let signal = frame::signal(fields)?;
    send(&state, &order, &caller, (id.0, Control::Signal(signal))).await
}

/// Resize the terminal of a live session.
///
/// As the frame `resize`.
#[utoipa::path(
    post, path = "/api/execution/{id}/resize", tag = "Running code", operation_id = "sessionResize",
    params(JobPath), request_body = TerminalBody,
    responses(
        (status = 204, description = "The worker has it."),
        (status = 400, description = "The id is not one, or the body is not JSON or not UTF-8.", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 404, description = "No such job, or not the caller's.", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 409, description = "The job is no live session, or has ended.", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 413, description = "More was sent than may wait for the program to start.", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 415, description = "The body is not announced as JSON.", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 422, description = "A field is not valid.", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 503, description = "The program has not started yet. Send it again.", body = ProblemDetails, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn resize(
    state: State<Execution>,
    order: Extension<InputOrder>,
    caller: Caller,
    id: JobIdParam,
    InputFields(fields): InputFields,
) -> Result<StatusCode, ApiError> {
    let size = frame::resize(fields)?;
    send(&state, &order, &caller, (id.0, Control::Resize(size))).await
}

/// The fields of a body in JSON.
pub(crate) struct InputFields(Map<String, Value>);

impl FromRequest<Execution> for InputFields {
    type Rejection = ApiError;

    async fn from_request(request: Request, execution: &Execution) -> Result<Self, ApiError> {
        let (head, body) = request.into_parts();
        body::require_json(&head.headers)?;
        let bytes = body::read(body, execution.settings().submissions.max_body).await?;
        body::parse(&bytes).map(Self)
    }
}

/// Sends a message to the attempt of a session, after the messages that came before it.
async fn send(
    execution: &Execution,
    order: &InputOrder,
    caller: &Caller,
    (id, message): (JobId, Control),
) -> Result<StatusCode, ApiError> {
    let progress = job_watch::authorized_progress(execution, caller, id).await?;
    if !progress.is_session {
        return Err(ApiError::new(
            ProblemType::NotASession,
            "The job is no live session, so it takes no input.",
        ));
    }
    let input = order.enter(id, message)?;
    let delivery = async {
        let _turn = input.wait_for_turn().await;
        deliver(execution, id, input.message()).await
    };
    tokio::select! {
        delivered = timeout(execution.settings().max_wait, delivery) => delivered.unwrap_or_else(|_| Err(not_started()))?,
        () = execution.shutdown().waits_stopped() => return Err(not_started()),
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Puts a message into the inbox of the attempt, as soon as there is one.
async fn deliver(execution: &Execution, id: JobId, message: &Control) -> Result<(), ApiError> {
    let mut events = None;
    loop {
        if execution.broker().control(id, message.clone()).await? == Delivery::Delivered {
            return Ok(());
        }
        let progress = job_watch::progress(execution, id).await?;
        if progress.status.is_final() {
            return Err(session_ended(progress.status));
        }
        let Some(started) = &mut events else {
            // Asked once more after the subscription, so that no start is missed.
            events = Some(execution.broker().events(id, None).await?);
            continue;
        };
        tokio::select! {
            event = started.next() => if event.is_none() { *started = no_events() },
            () = sleep(execution.settings().recheck_interval) => {}
        }
    }
}

fn session_ended(status: JobStatus) -> ApiError {
    let detail = format!("The session is {}, so it takes no more input.", status.as_str());
    ApiError::new(ProblemType::AlreadyFinished, detail)
}

fn not_started() -> ApiError {
    let detail = "The program has not started yet, so it did not get this. Send it again in a moment.";
    ProblemDetails::new(ProblemType::NotReady, detail).retry_after(1).into()
}
