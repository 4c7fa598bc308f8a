//! Route `POST /api/execution/submit`: validates, records and enqueues a run.
//!
//! The order is the guarantee. Before the record nothing is acknowledged, and a rejection leaves nothing behind; after it the job
//! ends with exactly one result, whatever happens to this process.

use std::time::Duration;

use axum::{
    body::Body,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use broker::{BrokerError, Ticket};
use diagnostics::Language;
use model::{
    Fault, IdempotencyKey, Job, JobId, JobKind, JobRecord, JobStatus, LanguageId, Principal, QueueStats,
    Timestamp,
};
use sha2::{Digest as _, Sha256};
use wire::{AcceptedBody, Json, ProblemDetails, ProblemType, ResultBody, SubmitBody, WaitQuery, WaitReason};

use crate::{
    ApiError, Execution,
    caller::Caller,
    help_language::HelpLanguage,
    job_watch,
    parameters::{IdempotencyKeyHeader, WaitParam, idempotency_key},
    results::result_body,
    service_metrics,
    settings::Settings,
    submit::{
        admission::AdmissionError,
        body, large_content,
        validation::{self, ValidSubmission, ValidationContext},
    },
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
pub(crate) async fn submit(
    State(execution): State<Execution>,
    caller: Caller,
    WaitParam(timeout): WaitParam,
    HelpLanguage(words): HelpLanguage,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ApiError> {
    let job = accept_run(&execution, caller, &headers, body).await?;
    respond(&execution, job, timeout, words).await
}

/// The response to a recorded submission: its result, if it is available within the timeout.
pub(crate) async fn respond(
    execution: &Execution,
    job: SubmitOutcome,
    timeout: Duration,
    words: Language,
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
            job_watch::wait_until_final(execution, id, timeout).await?
        }
    };
    respond_with_record(execution, &record, words).await
}

/// A job that is recorded.
pub(crate) enum SubmitOutcome {
    New { id: JobId, position: Option<u64>, waiting_for: Option<WaitReason> },
    Existing(JobId),
}

async fn accept_run(
    execution: &Execution,
    caller: Caller,
    headers: &HeaderMap,
    body: Body,
) -> Result<SubmitOutcome, ApiError> {
    let settings = execution.settings();
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

/// Records and enqueues a validated job if admission control accepts it; a repeated submission needs no admission. `webhook` is the
/// URL of its webhook.
pub(crate) async fn submit_job(
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

/// Validates a submission.
pub(crate) fn validate(
    execution: &Execution,
    caller: &Caller,
    body: SubmitBody,
) -> Result<ValidSubmission, ApiError> {
    let (fleet, settings) = (execution.fleet(), execution.settings());
    let rules = ValidationContext { fleet, settings, caller: &caller.principal, trust: caller.trust };
    validation::check(body, &rules).map_err(|errors| ProblemDetails::fields(errors).into())
}

/// Records a job with its webhook. The webhook is stored first, so that a recorded job is complete.
pub(crate) async fn record_with_webhook(
    execution: &Execution,
    job: &mut Job,
    fingerprint: &str,
    webhook: Option<&str>,
) -> Result<RecordOutcome, ApiError> {
    let Some(url) = webhook else { return record(execution, job, fingerprint).await };
    execution.store().add_webhook(job.id, url, job.submitted_at).await?;
    let recorded = record(execution, job, fingerprint).await;
    if !matches!(recorded, Ok(RecordOutcome::New)) {
        // Otherwise it is deleted later, as one without a job.
        let _not_in_the_way = execution.store().delete_webhook(job.id).await;
    }
    recorded
}

/// Records a job and enqueues it.
pub(crate) async fn record_and_enqueue(
    execution: &Execution,
    job: &mut Job,
    fingerprint: &str,
) -> Result<SubmitOutcome, ApiError> {
    match record(execution, job, fingerprint).await? {
        RecordOutcome::New => enqueue_new(execution, job).await,
        RecordOutcome::Existing(id) => Ok(SubmitOutcome::Existing(id)),
    }
}

/// Outcome of recording a job.
pub(crate) enum RecordOutcome {
    /// The job is recorded.
    New,
    /// The submission was sent before; this is its job.
    Existing(JobId),
}

/// Records a job after its large content: while objects cannot be stored, nothing is accepted.
pub(crate) async fn record(
    execution: &Execution,
    job: &mut Job,
    fingerprint: &str,
) -> Result<RecordOutcome, ApiError> {
    large_content::store_large(execution, job).await?;
    let language = job.submission.language.as_str();
    match execution.store().submit(job, fingerprint).await? {
        store::SubmitOutcome::New => Ok(RecordOutcome::New),
        store::SubmitOutcome::Existing(id) => {
            count_submission(language, "repeated");
            // The same id: the store's first response was lost, and the write was repeated.
            if id != job.id {
                large_content::delete_large(execution, job).await;
            }
            Ok(RecordOutcome::Existing(id))
        }
        store::SubmitOutcome::KeyReused => {
            count_submission(language, "refused");
            large_content::delete_large(execution, job).await;
            Err(idempotency_key_reused())
        }
    }
}

/// The job that was sent with this key before, if there is one.
pub(crate) async fn find_by_idempotency_key(
    execution: &Execution,
    principal: &Principal,
    key: Option<&IdempotencyKey>,
    fingerprint: &str,
) -> Result<Option<JobId>, ApiError> {
    let Some(key) = key else { return Ok(None) };
    match execution.store().find_by_idempotency_key(principal, key, fingerprint).await? {
        Some(store::SubmitOutcome::Existing(id)) => Ok(Some(id)),
        Some(store::SubmitOutcome::KeyReused) => Err(idempotency_key_reused()),
        Some(store::SubmitOutcome::New) | None => Ok(None),
    }
}

fn idempotency_key_reused() -> ApiError {
    ApiError::new(
        ProblemType::IdempotencyKeyReused,
        "This Idempotency-Key came with another body before. Use a new key for each submission.",
    )
}

/// Enqueues a newly recorded job.
pub(crate) async fn enqueue_new(execution: &Execution, job: &Job) -> Result<SubmitOutcome, ApiError> {
    let language = job.submission.language.as_str();
    match enqueue(execution, job).await {
        Ok(position) => {
            count_submission(language, "accepted");
            let waiting_for = waiting_for(execution, &job.submission.language);
            Ok(SubmitOutcome::New { id: job.id, position, waiting_for })
        }
        Err(full) => {
            count_submission(language, "full");
            // The response reports the end, so no webhook is needed.
            let _not_in_the_way = execution.store().delete_webhook(job.id).await;
            Err(full)
        }
    }
}

/// The job of a validated submission: a plain run.
pub(crate) fn new_job(
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

/// Asks admission control, before anything is recorded.
pub(crate) async fn check_admission(execution: &Execution, job: &Job) -> Result<(), ApiError> {
    let stats = execution.broker().stats().await?;
    check_admission_with(execution, &stats, job).await
}

/// The same with known queue statistics.
pub(crate) async fn check_admission_with(
    execution: &Execution,
    stats: &QueueStats,
    job: &Job,
) -> Result<(), ApiError> {
    let settings = execution.settings();
    let admitted =
        execution.admission().admit(settings, stats, (job.kind, job.priority), Timestamp::now()).await;
    admitted.map_err(|error| {
        count_submission("unknown", error.as_str());
        error.to_api_error(settings)
    })
}

/// Enqueues a recorded job; returns its position, if the queue is available.
///
/// If the queue has filled up since admission, the record must not wait for ever: the job fails, and
/// the client is told to come back. Any other trouble of the queue does not concern the client: the record is durable,
/// so the job is accepted, and the reconciler brings it into the queue when that works again.
async fn enqueue(execution: &Execution, job: &Job) -> Result<Option<u64>, ApiError> {
    match execution.broker().enqueue(Ticket::for_job(job, job.submitted_at)).await {
        Ok(position) => Ok(Some(position)),
        Err(BrokerError::Full { .. }) => {
            let fault =
                Fault::new("The queue was full, so this was never run. Send it again, with a new key.");
            execution.store().fail_unfinished(job.id, &fault, Timestamp::now()).await?;
            // A request with the same idempotency key may wait for the job.
            job_watch::publish_finished(execution, job.id, job.attempt).await;
            Err(AdmissionError::QueueFull.to_api_error(execution.settings()))
        }
        Err(error) => {
            service_metrics::engine_failed("queue");
            tracing::error!(job = %job.id, %error, "a job is recorded but not in the queue yet");
            Ok(None)
        }
    }
}

async fn respond_with_record(
    execution: &Execution,
    record: &JobRecord,
    words: Language,
) -> Result<Response, ApiError> {
    if record.status.is_final() {
        return Ok(Json(result_body::result_body(record, words)).into_response());
    }
    Ok(accepted_response(accepted_body(execution, record).await?))
}

/// The current state of an accepted job.
pub(crate) async fn accepted_body(
    execution: &Execution,
    record: &JobRecord,
) -> Result<AcceptedBody, ApiError> {
    let position =
        if record.status.is_final() { None } else { execution.broker().position(record.job.id).await? };
    let is_queued = record.status == JobStatus::Queued;
    Ok(AcceptedBody {
        job_id: record.job.id.to_string(),
        status: record.status.into(),
        position,
        waiting_for: waiting_for(execution, &record.job.submission.language).filter(|_| is_queued),
    })
}

/// The reason besides the queue for which jobs in this language wait.
pub(crate) fn waiting_for(execution: &Execution, language: &LanguageId) -> Option<WaitReason> {
    execution.fleet().is_being_prepared(language).then_some(WaitReason::Toolchain)
}

fn accepted_response(body: AcceptedBody) -> Response {
    let location = format!("/api/execution/result/{}", body.job_id);
    let mut response = (StatusCode::ACCEPTED, Json(body)).into_response();
    // A UUID is a valid header value, so Location is always set.
    if let Ok(location) = HeaderValue::from_str(&location) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}

/// Counts a submission. `language` is an id from the registry, never a client's text: labels must have few values.
pub(crate) fn count_submission(language: &str, outcome: &'static str) {
    metrics::counter!("coderunner_submissions_total", "language" => language.to_owned(), "outcome" => outcome)
        .increment(1);
}
