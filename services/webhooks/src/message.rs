//! Message body: `job.ended` with status, verdict and the path of the result, made from a job record.

use model::{Completion, JobRecord, Timestamp};
use wire::{WebhookData, WebhookMessage};

use crate::Message;

/// The message about the end of this job; `None` if it has not ended.
pub(crate) fn message(record: &JobRecord) -> Option<Message> {
    let completion = record.completion.as_ref()?;
    let grading = completion.report().and_then(|report| report.grading.as_ref());
    let id = record.job.id;
    let body = WebhookMessage {
        kind: WebhookMessage::JOB_ENDED.to_owned(),
        timestamp: wire::rfc3339(record.finished_at.unwrap_or_else(Timestamp::now)),
        data: WebhookData {
            job_id: id.to_string(),
            kind: record.job.kind.into(),
            status: completion.status().into(),
            verdict: grading.map(|grading| grading.verdict.into()),
            passed: grading.map(|grading| grading.passed),
            total: grading.map(|grading| grading.total),
            error: match completion {
                Completion::Failed(fault) => Some(fault.message.clone()),
                Completion::Completed(_) | Completion::Cancelled(_) => None,
            },
            result: format!("/api/execution/result/{id}"),
        },
    };
    // Plain data with text keys, which always serializes.
    let body = serde_json::to_vec(&body).unwrap_or_default();
    Some(Message { id: format!("msg_{id}"), body })
}
