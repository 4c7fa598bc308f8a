//! Route `POST /api/execution/batch`: many submissions in one request, each accepted or rejected on its own.
//!
//! They are validated in order, recorded concurrently and enqueued in order. Each counts as one: for the caller's rate limits, which
//! the gateway counts, and for admission control.

use axum::{body::Body, extract::State, http::HeaderMap};
use futures_util::{StreamExt as _, stream};
use model::{IdempotencyKey, Job, JobId, JobStatus};
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use wire::{
    AcceptedBody, BATCH_ADMITTED_HEADER, BATCH_RETRY_AFTER_HEADER, BatchBody, BatchItemBody,
    BatchResponseBody, FieldError, Json, ProblemDetails, ProblemType,
};

use crate::{
    ApiError, Execution,
    caller::Caller,
    job_watch,
    parameters::{IdempotencyKeyHeader, idempotency_key},
    submit::{
        body,
        run::{
            RecordOutcome, SubmitOutcome, accepted_body, check_admission_with, count_submission, enqueue_new,
            find_by_idempotency_key, new_job, record_with_webhook, validate,
        },
    },
};

/// Maximum `Retry-After`: one day.
const MAX_RETRY_SECONDS: u64 = 86_400;

/// Concurrent writes of records: the store groups concurrent writes into transactions.
const CONCURRENT_WRITES: usize = 32;

/// Run many programs.
///
/// Takes many submissions, each as in a request of its own. The answer has an entry for each, in their order: what a
/// submission alone would be answered with 202, or the problem for which it was refused; one that is refused does not
/// concern the others. Each counts as one against limits and for the room in the queue. All together may be as large as
/// one submission alone.
///
/// With the header `Idempotency-Key`, sending the same request again gives the same jobs, and tries again what was refused.
/// `GET /api/execution/results` reads the results of many jobs.
#[utoipa::path(
    post, path = "/api/execution/batch", tag = "Running code", operation_id = "submitBatch",
    params(IdempotencyKeyHeader),
    request_body(content = BatchBody, description = "The programs, each with what it is given.",
        example = json!({"submissions": [{"language": "python", "code": "print(1)"}, {"language": "c", "code": "int main(void) { return 2; }"}]})),
    responses(
        (status = 200, description = "What became of each submission; look at every entry.", body = BatchResponseBody,
            example = json!({"submissions": [
                {"jobId": "0192d3a4-5b6c-7d8e-9f01-23456789abcd", "status": "queued", "position": 3},
                {"type": "urn:coderunner:invalid-request", "title": "The request is not valid", "status": 422,
                    "detail": "limits.cpuMs must be between 1 and 10000.", "requestId": "0192d3a4-5b6c-7d8e-9f01-23456789abce",
                    "errors": [{"field": "limits.cpuMs", "message": "must be between 1 and 10000"}]}]})),
        (status = 400, description = "The body is not JSON or not UTF-8, or a parameter is not valid.", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 413, description = "The body is too large.", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 415, description = "The body is not announced as JSON, or is compressed.", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 422, description = "There are no submissions, or too many. Or the idempotency key came with another body before.", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 503, description = "The queue cannot be reached, or the server is shutting down: nothing was taken. Try again after `Retry-After`.", body = ProblemDetails, content_type = "application/problem+json",
            headers(("Retry-After" = u64, description = "Seconds after which to try again."))),
    )
)]
pub(crate) async fn batch(
    State(execution): State<Execution>,
    caller: Caller,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<BatchResponseBody>, ApiError> {
    let key = idempotency_key(&headers)?;
    body::require_json(&headers)?;
    let bytes = body::read(body, execution.settings().submissions.max_body).await?;
    let submissions = submissions(&bytes, execution.settings().submissions.max_batch)?;
    let identity =
        BatchIdentity { fingerprint: Sha256::new().chain_update(b"batch:").chain_update(&bytes), key };
    let admitted = AdmittedCount::of(&headers);
    let prepared = prepare_items(&execution, &caller, submissions, &admitted, &identity).await?;
    let recorded = stream::iter(prepared.into_iter().enumerate()).map(|(index, item)| {
        let (execution, identity) = (&execution, &identity);
        async move { record_item(execution, item?, &identity.fingerprint_of(index)).await }
    });
    let recorded: Vec<Result<_, ApiError>> = recorded.buffered(CONCURRENT_WRITES).collect().await;
    let mut items = Vec::with_capacity(recorded.len());
    for item in recorded {
        let body = match item {
            Ok(item) => enqueue_item(&execution, item).await,
            Err(error) => Err(error),
        };
        items.push(body.unwrap_or_else(|error| rejected_item(error, &caller)));
    }
    Ok(Json(BatchResponseBody { submissions: items }))
}

/// The submissions as JSON values; an invalid one is reported as an error of its own item.
fn submissions(bytes: &[u8], max: usize) -> Result<Vec<Value>, ApiError> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Batch {
        submissions: Vec<Value>,
    }
    let Batch { submissions } = body::parse(bytes)?;
    if (1..=max).contains(&submissions.len()) {
        return Ok(submissions);
    }
    let message = format!("must have between 1 and {max} entries; there are {}", submissions.len());
    Err(ProblemDetails::fields(vec![FieldError::new("submissions", message)]).into())
}

/// Fingerprint and idempotency key of the whole batch, from which those of its items are derived.
struct BatchIdentity {
    fingerprint: Sha256,
    key: Option<IdempotencyKey>,
}

impl BatchIdentity {
    /// The key of one item. It contains a space, so no client can send the same key.
    fn key_of(&self, index: usize) -> Option<IdempotencyKey> {
        self.key.as_ref().map(|key| IdempotencyKey::new(format!("{key} {index}")))
    }

    fn fingerprint_of(&self, index: usize) -> String {
        format!("{:x}", self.fingerprint.clone().chain_update(index.to_string()).finalize())
    }
}

/// The number of submissions within the caller's rate limits, as counted by the gateway.
struct AdmittedCount {
    max: usize,
    retry_after: u64,
}

impl AdmittedCount {
    fn of(headers: &HeaderMap) -> Self {
        let number = |name| headers.get(name).and_then(|value| value.to_str().ok()?.parse().ok());
        let max = number(BATCH_ADMITTED_HEADER).and_then(|max| usize::try_from(max).ok());
        // Clients can send these headers, too, and no wait exceeds the longest rate limit window.
        let retry_after = number(BATCH_RETRY_AFTER_HEADER).unwrap_or(1).clamp(1, MAX_RETRY_SECONDS);
        Self { max: max.unwrap_or(usize::MAX), retry_after }
    }

    fn to_api_error(&self) -> ApiError {
        let seconds = self.retry_after;
        let detail =
            format!("You may run no more programs for now; send the rest of the batch in {seconds} s.");
        let problem = ProblemDetails::new(ProblemType::LimitExceeded, detail).retry_after(seconds);
        ProblemDetails { title: "Too many runs".to_owned(), ..problem }.into()
    }
}

/// A submission that is accepted.
enum BatchItem {
    /// A new job, with the URL of its webhook.
    New(Box<Job>, Option<String>),
    /// The job of an earlier request with the same idempotency key.
    Existing(JobId),
}

/// Validates and admits each submission in order, counting those before it as waiting. A submission that was sent before needs no
/// admission. A key that belongs to another batch is an error of the whole request.
async fn prepare_items(
    execution: &Execution,
    caller: &Caller,
    submissions: Vec<Value>,
    admitted: &AdmittedCount,
    identity: &BatchIdentity,
) -> Result<Vec<Result<BatchItem, ApiError>>, ApiError> {
    let mut stats = execution.broker().stats().await?;
    let mut items = Vec::with_capacity(submissions.len());
    for (index, submission) in submissions.into_iter().enumerate() {
        if index >= admitted.max {
            items.push(Err(admitted.to_api_error()));
            continue;
        }
        let (key, fingerprint) = (identity.key_of(index), identity.fingerprint_of(index));
        if let Some(id) =
            find_by_idempotency_key(execution, &caller.principal, key.as_ref(), &fingerprint).await?
        {
            items.push(Ok(BatchItem::Existing(id)));
            continue;
        }
        let checked = submit_body(submission).and_then(|body| validate(execution, caller, body));
        let (job, webhook) = match checked.inspect_err(|_| count_submission("unknown", "refused")) {
            Ok(checked) => {
                let webhook = checked.webhook.clone();
                (new_job(checked, caller.clone(), key, execution.settings()), webhook)
            }
            Err(error) => {
                items.push(Err(error));
                continue;
            }
        };
        let room = check_admission_with(execution, &stats, &job).await;
        if room.is_ok() {
            stats.add_waiting(job.pool, job.kind, job.priority);
        }
        items.push(room.map(|()| BatchItem::New(Box::new(job), webhook)));
    }
    Ok(items)
}

fn submit_body<T: serde::de::DeserializeOwned>(submission: Value) -> Result<T, ApiError> {
    match submission {
        Value::Object(fields) => body::from_fields(fields),
        _ => Err(ProblemDetails::fields(vec![FieldError::new("The submission", "must be an object")]).into()),
    }
}

/// Records a new job.
async fn record_item(
    execution: &Execution,
    item: BatchItem,
    fingerprint: &str,
) -> Result<BatchItem, ApiError> {
    let BatchItem::New(mut job, webhook) = item else { return Ok(item) };
    Ok(match record_with_webhook(execution, &mut job, fingerprint, webhook.as_deref()).await? {
        RecordOutcome::New => BatchItem::New(job, webhook),
        // A concurrent request with the same key was first.
        RecordOutcome::Existing(id) => BatchItem::Existing(id),
    })
}

/// Enqueues a recorded job; returns its entry of the response.
async fn enqueue_item(execution: &Execution, item: BatchItem) -> Result<BatchItemBody, ApiError> {
    let accepted = match item {
        BatchItem::New(job, _) => enqueue_new(execution, &job).await?,
        BatchItem::Existing(id) => SubmitOutcome::Existing(id),
    };
    let body = match accepted {
        SubmitOutcome::New { id, position, waiting_for } => {
            AcceptedBody { job_id: id.to_string(), status: JobStatus::Queued.into(), position, waiting_for }
        }
        SubmitOutcome::Existing(id) => {
            accepted_body(execution, &job_watch::record(execution, id).await?).await?
        }
    };
    Ok(BatchItemBody::Accepted(body))
}

fn rejected_item(ApiError(problem): ApiError, caller: &Caller) -> BatchItemBody {
    let request_id = caller.request_id.as_ref().map(ToString::to_string);
    BatchItemBody::Refused(ProblemDetails { request_id, ..*problem })
}
