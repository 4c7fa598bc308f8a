//! Webhooks: registration, and the message about the end of a job.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{JobKindName, JobStatusName, VerdictName};

/// A webhook for the end of the job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WebhookBody {
    /// A public URL that begins with `https://`, of at most 2000 bytes. It receives a `POST` with a `WebhookMessage`, signed according to
    /// the Standard Webhooks specification, at least once.
    #[schema(example = "https://school.example/coderunner", format = "uri", max_length = 2000)]
    pub url: String,
}

/// The message to the URL of a webhook.
///
/// Its headers are `webhook-id`, which is equal in all retries; `webhook-timestamp`, in seconds since 1970; and `webhook-signature`: `v1,`
/// and, in base64, the HMAC-SHA256 of id, timestamp and body, joined with dots. A status from 200 to 299 acknowledges it; after any other
/// status, and after a timeout, it is sent again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WebhookMessage {
    /// The type of the event: `job.ended`.
    #[serde(rename = "type")]
    #[schema(example = "job.ended")]
    pub kind: String,
    /// The time of the event (RFC 3339).
    #[schema(example = "2026-03-01T09:30:00.281Z", format = "date-time")]
    pub timestamp: String,
    /// The job.
    pub data: WebhookData,
}

impl WebhookMessage {
    /// The only type of event.
    pub const JOB_ENDED: &str = "job.ended";
}

/// A job that has ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WebhookData {
    /// The job's id.
    #[schema(example = "0192d3a4-5b6c-7d8e-9f01-23456789abcd", format = "uuid")]
    pub job_id: String,
    /// Plain run or grading.
    pub kind: JobKindName,
    /// `completed`, `failed` or `cancelled`.
    pub status: JobStatusName,
    /// The verdict of a grading; absent otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub verdict: Option<VerdictName>,
    /// Number of passed tests of a grading, hidden ones included; absent otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = 3, nullable = false)]
    pub passed: Option<u32>,
    /// Number of tests of a grading, hidden ones included; absent otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = 4, nullable = false)]
    pub total: Option<u32>,
    /// The reason why the job failed; absent otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub error: Option<String>,
    /// The path of the result, on the server that sent the message.
    #[schema(example = "/api/execution/result/0192d3a4-5b6c-7d8e-9f01-23456789abcd")]
    pub result: String,
}
