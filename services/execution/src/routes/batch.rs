//! `POST /api/execution/batch`: many submissions in one request, each taken or refused by itself.
//!
//! They are checked in their order, recorded together, and put into the queue in their order. Each counts as one: of the caller's
//! limits, as far as whoever stands in front has said, and of what waits.

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

use super::submit::{
    Accepted, Recorded, body_of, checked, count, into_queue, job, record_with_webhook, require_room_beside,
    sent_before,
};
use crate::{
    Execution, Refusal, body,
    caller::Caller,
    parameters::{IdempotencyKeyHeader, idempotency_key},
    watch,
};

/// A day, in seconds.
const LONGEST_WAIT: u64 = 86_400;

/// How many jobs of a batch are recorded at a time: the records write those together that come together.
const AT_ONCE: usize = 32;

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
pub(super) async fn batch(
    State(execution): State<Execution>,
    caller: Caller,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<BatchResponseBody>, Refusal> {
    let key = idempotency_key(&headers)?;
    body::is_json(&headers)?;
    let bytes = body::read(body, execution.settings.submissions.max_body).await?;
    let submissions = submissions(&bytes, execution.settings.submissions.max_batch)?;
    let whole = Whole { fingerprint: Sha256::new().chain_update(b"batch:").chain_update(&bytes), key };
    let taken = take(&execution, &caller, submissions, &Admitted::of(&headers), &whole).await?;
    let recorded = stream::iter(taken.into_iter().enumerate()).map(|(place, taken)| {
        let (execution, whole) = (&execution, &whole);
        async move { recorded(execution, taken?, &whole.fingerprint_of(place)).await }
    });
    let recorded: Vec<Result<_, Refusal>> = recorded.buffered(AT_ONCE).collect().await;
    let mut items = Vec::with_capacity(recorded.len());
    for one in recorded {
        let item = match one {
            Ok(taken) => queued(&execution, taken).await,
            Err(refusal) => Err(refusal),
        };
        items.push(item.unwrap_or_else(|refusal| refused(refusal, &caller)));
    }
    Ok(Json(BatchResponseBody { submissions: items }))
}

/// The submissions as they were sent; what is wrong with one is told of that one.
fn submissions(bytes: &[u8], most: usize) -> Result<Vec<Value>, Refusal> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Batch {
        submissions: Vec<Value>,
    }
    let Batch { submissions } = body::parse(bytes)?;
    if (1..=most).contains(&submissions.len()) {
        return Ok(submissions);
    }
    let message = format!("must have between 1 and {most} entries; there are {}", submissions.len());
    Err(ProblemDetails::fields(vec![FieldError::new("submissions", message)]).into())
}

/// What belongs to the request as a whole.
struct Whole {
    fingerprint: Sha256,
    key: Option<IdempotencyKey>,
}

impl Whole {
    /// The key of one submission. No client can send one with a space in it.
    fn key_of(&self, place: usize) -> Option<IdempotencyKey> {
        self.key.as_ref().map(|key| IdempotencyKey::new(format!("{key} {place}")))
    }

    fn fingerprint_of(&self, place: usize) -> String {
        format!("{:x}", self.fingerprint.clone().chain_update(place.to_string()).finalize())
    }
}

/// How many submissions are within the caller's limits, as far as somebody in front has counted.
struct Admitted {
    most: usize,
    retry_after: u64,
}

impl Admitted {
    fn of(headers: &HeaderMap) -> Self {
        let number = |name| headers.get(name).and_then(|value| value.to_str().ok()?.parse().ok());
        let most = number(BATCH_ADMITTED_HEADER).and_then(|most| usize::try_from(most).ok());
        // Clients may send it, too, and no wait is longer than the longest window.
        let retry_after = number(BATCH_RETRY_AFTER_HEADER).unwrap_or(1).clamp(1, LONGEST_WAIT);
        Self { most: most.unwrap_or(usize::MAX), retry_after }
    }

    fn refusal(&self) -> Refusal {
        let seconds = self.retry_after;
        let detail =
            format!("You may run no more programs for now; send the rest of the batch in {seconds} s.");
        let problem = ProblemDetails::new(ProblemType::LimitExceeded, detail).retry_after(seconds);
        ProblemDetails { title: "Too many runs".to_owned(), ..problem }.into()
    }
}

/// A submission that is taken.
enum Taken {
    /// It becomes this job, and this address is told of its end.
    New(Box<Job>, Option<String>),
    /// It was sent before, as this one.
    Before(JobId),
}

/// Checks each submission in its turn, and sees that there is room for it beside those before it. What was sent before needs
/// none; a key that came with another batch before is refused as a whole.
async fn take(
    execution: &Execution,
    caller: &Caller,
    submissions: Vec<Value>,
    admitted: &Admitted,
    whole: &Whole,
) -> Result<Vec<Result<Taken, Refusal>>, Refusal> {
    let mut stats = execution.broker.stats().await?;
    let mut taken = Vec::with_capacity(submissions.len());
    for (place, submission) in submissions.into_iter().enumerate() {
        if place >= admitted.most {
            taken.push(Err(admitted.refusal()));
            continue;
        }
        let (key, fingerprint) = (whole.key_of(place), whole.fingerprint_of(place));
        if let Some(id) = sent_before(execution, &caller.principal, key.as_ref(), &fingerprint).await? {
            taken.push(Ok(Taken::Before(id)));
            continue;
        }
        let checked = fields(submission).and_then(|body| checked(execution, caller, body));
        let (job, webhook) = match checked.inspect_err(|_| count("unknown", "refused")) {
            Ok(checked) => {
                let webhook = checked.webhook.clone();
                (job(checked, caller.clone(), key, &execution.settings), webhook)
            }
            Err(refusal) => {
                taken.push(Err(refusal));
                continue;
            }
        };
        let room = require_room_beside(execution, &stats, &job).await;
        if room.is_ok() {
            stats.add_waiting(job.pool, job.kind, job.priority);
        }
        taken.push(room.map(|()| Taken::New(Box::new(job), webhook)));
    }
    Ok(taken)
}

fn fields<T: serde::de::DeserializeOwned>(submission: Value) -> Result<T, Refusal> {
    match submission {
        Value::Object(fields) => body::fields(fields),
        _ => Err(ProblemDetails::fields(vec![FieldError::new("The submission", "must be an object")]).into()),
    }
}

/// The same, with a record.
async fn recorded(execution: &Execution, taken: Taken, fingerprint: &str) -> Result<Taken, Refusal> {
    let Taken::New(mut job, webhook) = taken else { return Ok(taken) };
    Ok(match record_with_webhook(execution, &mut job, fingerprint, webhook.as_deref()).await? {
        Recorded::New => Taken::New(job, webhook),
        // Somebody sent the same at the same time.
        Recorded::Existing(id) => Taken::Before(id),
    })
}

/// The entry of a job that is recorded.
async fn queued(execution: &Execution, taken: Taken) -> Result<BatchItemBody, Refusal> {
    let accepted = match taken {
        Taken::New(job, _) => into_queue(execution, &job).await?,
        Taken::Before(id) => Accepted::Existing(id),
    };
    let body = match accepted {
        Accepted::New { id, position, waiting_for } => {
            AcceptedBody { job_id: id.to_string(), status: JobStatus::Queued.into(), position, waiting_for }
        }
        Accepted::Existing(id) => body_of(execution, &watch::record(execution, id).await?).await?,
    };
    Ok(BatchItemBody::Accepted(body))
}

fn refused(Refusal(problem): Refusal, caller: &Caller) -> BatchItemBody {
    let request_id = caller.request_id.as_ref().map(ToString::to_string);
    BatchItemBody::Refused(ProblemDetails { request_id, ..*problem })
}
