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
use wire::{AcceptedBody, Json, Problem, ProblemKind, ResultBody, SubmitBody, WaitQuery, WaitingFor};

use crate::{
    ApiError, Execution, Parts, answer, body,
    caller::Caller,
    check::{self, ValidSubmission, ValidationContext},
    counts,
    intake::AdmissionError,
    large,
    parameters::{IdempotencyKeyHeader, WaitParam, idempotency_key},
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
        (status = 400, description = "The body is not JSON or not UTF-8, or a parameter is not valid.", body = Problem, content_type = "application/problem+json",
            example = json!({"type": "urn:coderunner:malformed-body", "title": "The body cannot be read", "status": 400,
                "detail": "The body is not valid JSON: expected value, in line 2, column 10.", "requestId": "0192d3a4-5b6c-7d8e-9f01-23456789abcd"})),
        (status = 403, description = "`?reveal=true` is for staff.", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "The body is too large.", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is not announced as JSON, or is compressed in another way than gzip.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "A field is not valid: `errors` names each that must change. Or the idempotency key came with another body before.", body = Problem, content_type = "application/problem+json",
            example = json!({"type": "urn:coderunner:invalid-request", "title": "The request is not valid", "status": 422,
                "detail": "limits.cpuMs must be between 1 and 10000.", "requestId": "0192d3a4-5b6c-7d8e-9f01-23456789abcd",
                "errors": [{"field": "limits.cpuMs", "message": "must be between 1 and 10000"}]})),
        (status = 503, description = "Too many jobs wait, or for a job of this priority; or the queue cannot be reached, or the server is shutting down. Try again after `Retry-After`.", body = Problem, content_type = "application/problem+json",
            example = json!({"type": "urn:coderunner:queue-full", "title": "The queue is full", "status": 503,
                "detail": "Too many programs wait at the moment. Try again in 5 s.", "requestId": "0192d3a4-5b6c-7d8e-9f01-23456789abcd"})),
    )
)]
pub(super) async fn submit(
    State(execution): State<Execution>,
    caller: Caller,
    WaitParam(timeout): WaitParam,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ApiError> {
    let job = accept_run(&execution, caller, &headers, body).await?;
    respond(&execution, job, timeout).await
}

/// The answer to a submission whose job is recorded: its result, if that is there in time.
pub(super) async fn respond(
    execution: &Execution,
    job: SubmitOutcome,
    timeout: Duration,
) -> Result<Response, ApiError> {
    let record = match job {
        SubmitOutcome::New { id, position, waiting_for } if timeout.is_zero() => {
            return Ok(accepted_response(AcceptedBody {
                job_id: id.to_string(),
                status: JobStatus::Queued.into(),
                position,
                waiting_for,
            }));
        }
        SubmitOutcome::New { id, .. } | SubmitOutcome::Existing(id) => {
            watch::wait_until_final(execution, id, timeout).await?
        }
    };
    respond_with_record(execution, &record).await
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
        (status = 400, description = "The body is not JSON or not UTF-8, or a parameter is not valid.", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`?reveal=true` is for staff.", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "The body is too large.", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is not announced as JSON, or is compressed in another way than gzip.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "A field is not valid, or the idempotency key came with another body before.", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Too many jobs wait, or for a job of this priority; or the queue cannot be reached, or the server is shutting down. Try again after `Retry-After`.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn submit_alias(
    state: State<Execution>,
    caller: Caller,
    wait: WaitParam,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ApiError> {
    submit(state, caller, wait, headers, body).await
}

/// A job that is recorded.
pub(super) enum SubmitOutcome {
    New { id: JobId, position: Option<u64>, waiting_for: Option<WaitingFor> },
    Existing(JobId),
}

async fn accept_run(
    execution: &Execution,
    caller: Caller,
    headers: &HeaderMap,
    body: Body,
) -> Result<SubmitOutcome, ApiError> {
    let settings = &execution.settings;
    let key = idempotency_key(headers)?;
    body::require_json(headers)?;
    let bytes = body::read(body, settings.submissions.max_body).await?;
    let fingerprint = format!("{:x}", Sha256::digest(&bytes));
    let checked = body::parse(&bytes)
        .and_then(|body| validate(execution, &caller, body))
        .inspect_err(|_| count_submission("unknown", "refused"))?;
    let webhook = checked.webhook.clone();
    let mut job = new_job(checked, caller, key, settings);
    submit_job(execution, &mut job, &fingerprint, webhook.as_deref()).await
}

/// Takes a checked job in if there is room for it; one that was sent before is found without. `webhook` is who is to be told of its
/// end.
pub(super) async fn submit_job(
    execution: &Execution,
    job: &mut Job,
    fingerprint: &str,
    webhook: Option<&str>,
) -> Result<SubmitOutcome, ApiError> {
    if let Err(full) = check_admission(execution, job).await {
        let key = job.idempotency_key.as_ref();
        let before = find_by_idempotency_key(execution, &job.principal, key, fingerprint).await?;
        return before.map(SubmitOutcome::Existing).ok_or(full);
    }
    match record_with_webhook(execution, job, fingerprint, webhook).await? {
        RecordOutcome::New => enqueue_new(execution, job).await,
        RecordOutcome::Existing(id) => Ok(SubmitOutcome::Existing(id)),
    }
}

/// A submission that may run.
pub(super) fn validate(
    execution: &Execution,
    caller: &Caller,
    body: SubmitBody,
) -> Result<ValidSubmission, ApiError> {
    let Parts { fleet, settings, .. } = &**execution;
    let rules = ValidationContext { fleet, settings, caller: &caller.principal, trust: caller.trust };
    check::check(body, &rules).map_err(|wrong| Problem::fields(wrong).into())
}

/// The same as [`record`], and notes who is to be told of the job's end. That comes first: a job that is recorded lacks nothing.
pub(super) async fn record_with_webhook(
    execution: &Execution,
    job: &mut Job,
    fingerprint: &str,
    webhook: Option<&str>,
) -> Result<RecordOutcome, ApiError> {
    let Some(url) = webhook else { return record(execution, job, fingerprint).await };
    execution.store.note_webhook(job.id, url, job.submitted_at).await?;
    let recorded = record(execution, job, fingerprint).await;
    if !matches!(recorded, Ok(RecordOutcome::New)) {
        // Else it is forgotten after a while.
        let _not_in_the_way = execution.store.drop_webhook(job.id).await;
    }
    recorded
}

/// Records a job and puts it into the queue.
pub(super) async fn record_and_enqueue(
    execution: &Execution,
    job: &mut Job,
    fingerprint: &str,
) -> Result<SubmitOutcome, ApiError> {
    match record(execution, job, fingerprint).await? {
        RecordOutcome::New => enqueue_new(execution, job).await,
        RecordOutcome::Existing(id) => Ok(SubmitOutcome::Existing(id)),
    }
}

/// What became of a job that was to be recorded.
pub(super) enum RecordOutcome {
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
) -> Result<RecordOutcome, ApiError> {
    large::store_large(execution, job).await?;
    let language = job.submission.language.as_str();
    match execution.store.submit(job, fingerprint).await? {
        Submitted::New => Ok(RecordOutcome::New),
        Submitted::Existing(id) => {
            count_submission(language, "repeated");
            // The very same job, sent twice to the records because the first answer was lost, is new.
            if id != job.id {
                large::delete_large(execution, job).await;
            }
            Ok(RecordOutcome::Existing(id))
        }
        Submitted::KeyReused => {
            count_submission(language, "refused");
            large::delete_large(execution, job).await;
            Err(idempotency_key_reused())
        }
    }
}

/// The job that was sent with this key before, if there is one: it needs no room.
pub(super) async fn find_by_idempotency_key(
    execution: &Execution,
    principal: &Principal,
    key: Option<&IdempotencyKey>,
    fingerprint: &str,
) -> Result<Option<JobId>, ApiError> {
    let Some(key) = key else { return Ok(None) };
    match execution.store.sent_before(principal, key, fingerprint).await? {
        Some(Submitted::Existing(id)) => Ok(Some(id)),
        Some(Submitted::KeyReused) => Err(idempotency_key_reused()),
        Some(Submitted::New) | None => Ok(None),
    }
}

fn idempotency_key_reused() -> ApiError {
    ApiError::new(
        ProblemKind::IdempotencyKeyReused,
        "This Idempotency-Key came with another body before. Use a new key for each submission.",
    )
}

/// Puts a job that has a new record into the queue.
pub(super) async fn enqueue_new(execution: &Execution, job: &Job) -> Result<SubmitOutcome, ApiError> {
    let language = job.submission.language.as_str();
    match enqueue(execution, job).await {
        Ok(position) => {
            count_submission(language, "accepted");
            let waiting_for = waiting_for(execution, &job.submission.language);
            Ok(SubmitOutcome::New { id: job.id, position, waiting_for })
        }
        Err(full) => {
            count_submission(language, "full");
            // The client is told at once, by its answer.
            let _not_in_the_way = execution.store.drop_webhook(job.id).await;
            Err(full)
        }
    }
}

/// The job that a checked submission becomes: a plain run.
pub(super) fn new_job(
    checked: ValidSubmission,
    caller: Caller,
    key: Option<IdempotencyKey>,
    settings: &Settings,
) -> Job {
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
pub(super) async fn check_admission(execution: &Execution, job: &Job) -> Result<(), ApiError> {
    let stats = execution.broker.stats().await?;
    check_admission_with(execution, &stats, job).await
}

/// The same, in queues that look like this.
pub(super) async fn check_admission_with(
    execution: &Execution,
    stats: &QueueStats,
    job: &Job,
) -> Result<(), ApiError> {
    let Parts { admission: intake, settings, .. } = &**execution;
    let admitted = intake.admit(settings, stats, (job.kind, job.priority), Timestamp::now()).await;
    admitted.map_err(|why| {
        count_submission("unknown", why.as_str());
        why.to_api_error(settings)
    })
}

/// Puts a recorded job into the queue; its position, if the queue could tell.
///
/// A queue that filled up since we looked refuses the job, and the record must not wait for ever: it ends as failed, and
/// the client is told to come back. Any other trouble of the queue does not concern the client: the record is durable,
/// so the job is accepted, and the reconciler brings it into the queue when that works again.
async fn enqueue(execution: &Execution, job: &Job) -> Result<Option<u64>, ApiError> {
    match execution.broker.enqueue(Ticket::of(job, job.submitted_at)).await {
        Ok(position) => Ok(Some(position)),
        Err(BrokerError::Full { .. }) => {
            let fault =
                Fault::new("The queue was full, so this was never run. Send it again, with a new key.");
            execution.store.fail_unfinished(job.id, &fault, Timestamp::now()).await?;
            // Somebody may have found the job by its idempotency key meanwhile, and wait for it.
            watch::publish_finished(execution, job.id, job.attempt).await;
            Err(AdmissionError::QueueFull.to_api_error(&execution.settings))
        }
        Err(error) => {
            counts::engine_failed("queue");
            tracing::error!(job = %job.id, %error, "a job is recorded but not in the queue yet");
            Ok(None)
        }
    }
}

async fn respond_with_record(execution: &Execution, record: &JobRecord) -> Result<Response, ApiError> {
    if record.status.is_final() {
        return Ok(Json(answer::result_body(record)).into_response());
    }
    Ok(accepted_response(accepted_body(execution, record).await?))
}

/// A job that was accepted, as it is now.
pub(super) async fn accepted_body(
    execution: &Execution,
    record: &JobRecord,
) -> Result<AcceptedBody, ApiError> {
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
pub(super) fn waiting_for(execution: &Execution, language: &LanguageId) -> Option<WaitingFor> {
    execution.fleet.is_being_prepared(language).then_some(WaitingFor::Toolchain)
}

fn accepted_response(body: AcceptedBody) -> Response {
    let location = format!("/api/execution/result/{}", body.job_id);
    let mut response = (StatusCode::ACCEPTED, Json(body)).into_response();
    // A UUID is always a valid header value, so there is always a Location.
    if let Ok(location) = HeaderValue::from_str(&location) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}

/// `language` is an id of ours, never what a client wrote: a label must not have endlessly many values.
pub(super) fn count_submission(language: &str, outcome: &'static str) {
    metrics::counter!("coderunner_submissions_total", "language" => language.to_owned(), "outcome" => outcome)
        .increment(1);
}
