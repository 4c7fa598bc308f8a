//! `POST /api/execution/submit`: check, record, enqueue, answer.
//!
//! The order is the promise. Before the record nothing is acknowledged, and a refusal leaves nothing behind; after it
//! the job will end with exactly one result, whatever happens to this process.

use std::time::Duration;

use axum::{
    body::Body,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use broker::{BrokerError, Ticket};
use model::{
    Fault, IdempotencyKey, Job, JobId, JobKind, JobRecord, JobStatus, LanguageId, Principal, QueueStats,
    Timestamp,
};
use sha2::{Digest as _, Sha256};
use store::Submitted;
use wire::{AcceptedBody, Json, ProblemDetails, ProblemType, ResultBody, SubmitBody, WaitQuery, WaitReason};

use crate::{
    Execution, Parts, Refusal, answer, body,
    caller::Caller,
    check::{self, Checked, Rules},
    counts,
    intake::NoRoom,
    large,
    parameters::{IdempotencyKeyHeader, Wait, idempotency_key},
    settings::Settings,
    watch,
};

/// Run a program.
///
/// Answers 202 as soon as the job is safely recorded; from then on it will end with exactly one result, even if the
/// server is killed. With `?wait=SECONDS` the answer is 200 with the result if it is there in time. Read the result
/// later at the address in `Location`, or follow the job as it runs at `/api/execution/stream/{id}`.
///
/// With the header `Idempotency-Key`, sending the same request again gives the same job instead of a second one.
#[utoipa::path(
    post, path = "/api/execution/submit", tag = "Running code", operation_id = "submit",
    params(WaitQuery, IdempotencyKeyHeader),
    request_body(content = SubmitBody, description = "The program, with what it is given.", examples(
        ("Code" = (summary = "One file of code", value = json!({"language": "python", "code": "print(input())", "stdin": "hi\n"}))),
        ("Files" = (summary = "Two files, the first is the main one", value = json!({"language": "cpp", "files": [
            {"name": "main.cpp", "content": "#include <iostream>\n#include \"greet.h\"\nint main() { std::cout << greet() << '\\n'; }\n"},
            {"name": "greet.h", "content": "inline const char* greet() { return \"Hello\"; }\n"}]}))),
        ("Limits" = (summary = "With limits of its own", value = json!({"language": "c", "code": "int main(void) { for (;;); }",
            "limits": {"cpuMs": 500, "wallMs": 2000, "memoryBytes": 67_108_864}})))
    )),
    responses(
        (status = 200, description = "The result, when `?wait=` saw it in time.", body = ResultBody),
        (status = 202, description = "Accepted and recorded.", body = AcceptedBody,
            headers(("Location" = String, description = "Where the result will be.")),
            example = json!({"jobId": "0192d3a4-5b6c-7d8e-9f01-23456789abcd", "status": "queued", "position": 3})),
        (status = 400, description = "The body is not JSON or not UTF-8, or a parameter is not valid.", body = ProblemDetails, content_type = "application/problem+json",
            example = json!({"type": "urn:coderunner:malformed-body", "title": "The body cannot be read", "status": 400,
                "detail": "The body is not valid JSON: expected value, in line 2, column 10.", "requestId": "0192d3a4-5b6c-7d8e-9f01-23456789abcd"})),
        (status = 403, description = "`?reveal=true` is for staff.", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 413, description = "The body is too large.", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 415, description = "The body is not announced as JSON, or is compressed in another way than gzip.", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 422, description = "A field is not valid: `errors` names each that must change. Or the idempotency key came with another body before.", body = ProblemDetails, content_type = "application/problem+json",
            example = json!({"type": "urn:coderunner:invalid-request", "title": "The request is not valid", "status": 422,
                "detail": "limits.cpuMs must be between 1 and 10000.", "requestId": "0192d3a4-5b6c-7d8e-9f01-23456789abcd",
                "errors": [{"field": "limits.cpuMs", "message": "must be between 1 and 10000"}]})),
        (status = 503, description = "Too many jobs wait, or for a job of this priority; or the queue cannot be reached, or the server is shutting down. Try again after `Retry-After`.", body = ProblemDetails, content_type = "application/problem+json",
            example = json!({"type": "urn:coderunner:queue-full", "title": "The queue is full", "status": 503,
                "detail": "Too many programs wait at the moment. Try again in 5 s.", "requestId": "0192d3a4-5b6c-7d8e-9f01-23456789abcd"})),
    )
)]
pub(super) async fn submit(
    State(execution): State<Execution>,
    caller: Caller,
    Wait(patience): Wait,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    let job = accept(&execution, caller, &headers, body).await?;
    answered(&execution, job, patience).await
}

/// The answer to a submission whose job is recorded: its result, if that is there in time.
pub(super) async fn answered(
    execution: &Execution,
    job: Accepted,
    patience: Duration,
) -> Result<Response, Refusal> {
    let record = match job {
        Accepted::New { id, position, waiting_for } if patience.is_zero() => {
            return Ok(accepted(AcceptedBody {
                job_id: id.to_string(),
                status: JobStatus::Queued.into(),
                position,
                waiting_for,
            }));
        }
        Accepted::New { id, .. } | Accepted::Existing(id) => {
            watch::until_final(execution, id, patience).await?
        }
    };
    answer(execution, &record).await
}

/// Run a program, by a shorter address.
///
/// The same as `POST /api/execution/submit`.
#[utoipa::path(
    post, path = "/api/submit", tag = "Running code", operation_id = "submitAlias",
    params(WaitQuery, IdempotencyKeyHeader),
    request_body(content = SubmitBody, description = "The program, with what it is given."),
    responses(
        (status = 200, description = "The result, when `?wait=` saw it in time.", body = ResultBody),
        (status = 202, description = "Accepted and recorded.", body = AcceptedBody, headers(("Location" = String, description = "Where the result will be."))),
        (status = 400, description = "The body is not JSON or not UTF-8, or a parameter is not valid.", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 403, description = "`?reveal=true` is for staff.", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 413, description = "The body is too large.", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 415, description = "The body is not announced as JSON, or is compressed in another way than gzip.", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 422, description = "A field is not valid, or the idempotency key came with another body before.", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 503, description = "Too many jobs wait, or for a job of this priority; or the queue cannot be reached, or the server is shutting down. Try again after `Retry-After`.", body = ProblemDetails, content_type = "application/problem+json"),
    )
)]
pub(super) async fn submit_alias(
    state: State<Execution>,
    caller: Caller,
    wait: Wait,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    submit(state, caller, wait, headers, body).await
}

/// A job that is recorded.
pub(super) enum Accepted {
    New { id: JobId, position: Option<u64>, waiting_for: Option<WaitReason> },
    Existing(JobId),
}

async fn accept(
    execution: &Execution,
    caller: Caller,
    headers: &HeaderMap,
    body: Body,
) -> Result<Accepted, Refusal> {
    let settings = &execution.settings;
    let key = idempotency_key(headers)?;
    body::is_json(headers)?;
    let bytes = body::read(body, settings.submissions.max_body).await?;
    let fingerprint = format!("{:x}", Sha256::digest(&bytes));
    let checked = body::parse(&bytes)
        .and_then(|body| checked(execution, &caller, body))
        .inspect_err(|_| count("unknown", "refused"))?;
    let webhook = checked.webhook.clone();
    let mut job = job(checked, caller, key, settings);
    take_in(execution, &mut job, &fingerprint, webhook.as_deref()).await
}

/// Takes a checked job in if there is room for it; one that was sent before is found without. `webhook` is who is to be told of its
/// end.
pub(super) async fn take_in(
    execution: &Execution,
    job: &mut Job,
    fingerprint: &str,
    webhook: Option<&str>,
) -> Result<Accepted, Refusal> {
    if let Err(full) = require_room(execution, job).await {
        let key = job.idempotency_key.as_ref();
        let before = sent_before(execution, &job.principal, key, fingerprint).await?;
        return before.map(Accepted::Existing).ok_or(full);
    }
    match record_with_webhook(execution, job, fingerprint, webhook).await? {
        Recorded::New => into_queue(execution, job).await,
        Recorded::Existing(id) => Ok(Accepted::Existing(id)),
    }
}

/// A submission that may run.
pub(super) fn checked(execution: &Execution, caller: &Caller, body: SubmitBody) -> Result<Checked, Refusal> {
    let Parts { fleet, settings, .. } = &**execution;
    let rules = Rules { fleet, settings, caller: &caller.principal, trust: caller.trust };
    check::check(body, &rules).map_err(|wrong| ProblemDetails::fields(wrong).into())
}

/// The same as [`record`], and notes who is to be told of the job's end. That comes first: a job that is recorded lacks nothing.
pub(super) async fn record_with_webhook(
    execution: &Execution,
    job: &mut Job,
    fingerprint: &str,
    webhook: Option<&str>,
) -> Result<Recorded, Refusal> {
    let Some(url) = webhook else { return record(execution, job, fingerprint).await };
    execution.store.note_webhook(job.id, url, job.submitted_at).await?;
    let recorded = record(execution, job, fingerprint).await;
    if !matches!(recorded, Ok(Recorded::New)) {
        // Else it is forgotten after a while.
        let _not_in_the_way = execution.store.drop_webhook(job.id).await;
    }
    recorded
}

/// Records a job and puts it into the queue.
pub(super) async fn admit(
    execution: &Execution,
    job: &mut Job,
    fingerprint: &str,
) -> Result<Accepted, Refusal> {
    match record(execution, job, fingerprint).await? {
        Recorded::New => into_queue(execution, job).await,
        Recorded::Existing(id) => Ok(Accepted::Existing(id)),
    }
}

/// What became of a job that was to be recorded.
pub(super) enum Recorded {
    /// It has a record.
    New,
    /// It had been sent before: this is the job.
    Existing(JobId),
}

/// Records a job, after what is too large for its record: while objects cannot be kept, nothing is accepted.
pub(super) async fn record(
    execution: &Execution,
    job: &mut Job,
    fingerprint: &str,
) -> Result<Recorded, Refusal> {
    large::keep(execution, job).await?;
    let language = job.submission.language.as_str();
    match execution.store.submit(job, fingerprint).await? {
        Submitted::New => Ok(Recorded::New),
        Submitted::Existing(id) => {
            count(language, "repeated");
            // The very same job, sent twice to the records because the first answer was lost, is new.
            if id != job.id {
                large::forget(execution, job).await;
            }
            Ok(Recorded::Existing(id))
        }
        Submitted::KeyReused => {
            count(language, "refused");
            large::forget(execution, job).await;
            Err(key_reused())
        }
    }
}

/// The job that was sent with this key before, if there is one: it needs no room.
pub(super) async fn sent_before(
    execution: &Execution,
    principal: &Principal,
    key: Option<&IdempotencyKey>,
    fingerprint: &str,
) -> Result<Option<JobId>, Refusal> {
    let Some(key) = key else { return Ok(None) };
    match execution.store.sent_before(principal, key, fingerprint).await? {
        Some(Submitted::Existing(id)) => Ok(Some(id)),
        Some(Submitted::KeyReused) => Err(key_reused()),
        Some(Submitted::New) | None => Ok(None),
    }
}

fn key_reused() -> Refusal {
    Refusal::new(
        ProblemType::IdempotencyKeyReused,
        "This Idempotency-Key came with another body before. Use a new key for each submission.",
    )
}

/// Puts a job that has a new record into the queue.
pub(super) async fn into_queue(execution: &Execution, job: &Job) -> Result<Accepted, Refusal> {
    let language = job.submission.language.as_str();
    match enqueue(execution, job).await {
        Ok(position) => {
            count(language, "accepted");
            let waiting_for = waiting_for(execution, &job.submission.language);
            Ok(Accepted::New { id: job.id, position, waiting_for })
        }
        Err(full) => {
            count(language, "full");
            // The client is told at once, by its answer.
            let _not_in_the_way = execution.store.drop_webhook(job.id).await;
            Err(full)
        }
    }
}

/// The job that a checked submission becomes: a plain run.
pub(super) fn job(checked: Checked, caller: Caller, key: Option<IdempotencyKey>, settings: &Settings) -> Job {
    Job {
        schema: Job::schema_of(&checked.submission),
        id: JobId::generate(),
        kind: JobKind::Run,
        tenant: caller.tenant(),
        plan: caller.plan(),
        principal: caller.principal,
        pool: checked.pool,
        priority: checked.priority,
        idempotency_key: key,
        submitted_at: Timestamp::now(),
        deadline: settings.deadline,
        attempt: 0,
        trace: caller.trace,
        request_id: caller.request_id,
        submission: checked.submission,
        session: None,
        suite_ref: None,
    }
}

/// Refuses a job that there is no room for: before the record, so that nothing has to be undone.
pub(super) async fn require_room(execution: &Execution, job: &Job) -> Result<(), Refusal> {
    let stats = execution.broker.stats().await?;
    require_room_beside(execution, &stats, job).await
}

/// The same, in queues that look like this.
pub(super) async fn require_room_beside(
    execution: &Execution,
    stats: &QueueStats,
    job: &Job,
) -> Result<(), Refusal> {
    let Parts { intake, settings, .. } = &**execution;
    let admitted = intake.admit(settings, stats, (job.kind, job.priority), Timestamp::now()).await;
    admitted.map_err(|why| {
        count("unknown", why.as_str());
        why.refusal(settings)
    })
}

/// Puts a recorded job into the queue; its position, if the queue could tell.
///
/// A queue that filled up since we looked refuses the job, and the record must not wait for ever: it ends as failed, and
/// the client is told to come back. Any other trouble of the queue does not concern the client: the record is durable,
/// so the job is accepted, and the reconciler brings it into the queue when that works again.
async fn enqueue(execution: &Execution, job: &Job) -> Result<Option<u64>, Refusal> {
    match execution.broker.enqueue(Ticket::for_job(job, job.submitted_at)).await {
        Ok(position) => Ok(Some(position)),
        Err(BrokerError::Full { .. }) => {
            let fault =
                Fault::new("The queue was full, so this was never run. Send it again, with a new key.");
            execution.store.fail_unfinished(job.id, &fault, Timestamp::now()).await?;
            // Somebody may have found the job by its idempotency key meanwhile, and wait for it.
            watch::announce_end(execution, job.id, job.attempt).await;
            Err(NoRoom::Full.refusal(&execution.settings))
        }
        Err(error) => {
            counts::engine_failed("queue");
            tracing::error!(job = %job.id, %error, "a job is recorded but not in the queue yet");
            Ok(None)
        }
    }
}

async fn answer(execution: &Execution, record: &JobRecord) -> Result<Response, Refusal> {
    if record.status.is_final() {
        return Ok(Json(answer::shown(record)).into_response());
    }
    Ok(accepted(body_of(execution, record).await?))
}

/// A job that was accepted, as it is now.
pub(super) async fn body_of(execution: &Execution, record: &JobRecord) -> Result<AcceptedBody, Refusal> {
    let position =
        if record.status.is_final() { None } else { execution.broker.position(record.job.id).await? };
    let is_queued = record.status == JobStatus::Queued;
    Ok(AcceptedBody {
        job_id: record.job.id.to_string(),
        status: record.status.into(),
        position,
        waiting_for: waiting_for(execution, &record.job.submission.language).filter(|_| is_queued),
    })
}

/// What jobs in this language wait for besides their turn.
pub(super) fn waiting_for(execution: &Execution, language: &LanguageId) -> Option<WaitReason> {
    execution.fleet.is_being_prepared(language).then_some(WaitReason::Toolchain)
}

fn accepted(body: AcceptedBody) -> Response {
    let location = format!("/api/execution/result/{}", body.job_id);
    let mut response = (StatusCode::ACCEPTED, Json(body)).into_response();
    // A UUID is always a valid header value, so there is always a Location.
    if let Ok(location) = HeaderValue::from_str(&location) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}

/// `language` is an id of ours, never what a client wrote: a label must not have endlessly many values.
pub(super) fn count(language: &str, outcome: &'static str) {
    metrics::counter!("coderunner_submissions_total", "language" => language.to_owned(), "outcome" => outcome)
        .increment(1);
}
