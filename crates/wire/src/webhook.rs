//! Webhooks: who is to be told of a job's end, and what they are told.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Kind, Status, VerdictName};

/// Who is to be told that the job has ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WebhookBody {
    /// An address of the public internet, beginning with `https://`, of at most 2000 bytes. It gets a `POST` with a
    /// `WebhookMessage`, signed as the Standard Webhooks specification has it, at least once.
    #[schema(example = "https://school.example/coderunner", format = "uri", max_length = 2000)]
    pub url: String,
}

/// What is sent to the address of a webhook.
///
/// Its headers are `webhook-id`, the same whenever it is sent again; `webhook-timestamp`, in seconds since 1970; and
/// `webhook-signature`: `v1,` and, in base64, the HMAC-SHA256 of id, timestamp and body with dots between. Any status from 200 to 299
/// says that it has arrived; after any other, and after none in time, it is sent again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WebhookMessage {
    /// What has happened: `job.ended`.
    #[serde(rename = "type")]
    #[schema(example = "job.ended")]
    pub kind: String,
    /// When (RFC 3339).
    #[schema(example = "2026-03-01T09:30:00.281Z", format = "date-time")]
    pub timestamp: String,
    /// To what.
    pub data: WebhookData,
}

impl WebhookMessage {
    /// The one thing that there is to tell.
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
    pub kind: Kind,
    /// `completed`, `failed` or `cancelled`.
    pub status: Status,
    /// Of a grading, what it is judged to be; left out otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub verdict: Option<VerdictName>,
    /// Of a grading, how many tests were passed, hidden ones included; left out otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = 3, nullable = false)]
    pub passed: Option<u32>,
    /// Of a grading, how many tests there are, hidden ones included; left out otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = 4, nullable = false)]
    pub total: Option<u32>,
    /// Why the job failed, where it did; left out otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub error: Option<String>,
    /// Where the result is, on the server that sent this.
    #[schema(example = "/api/execution/result/0192d3a4-5b6c-7d8e-9f01-23456789abcd")]
    pub result: String,
}
