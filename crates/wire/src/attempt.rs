//! Attempts: log of the attempts at a job, for operators.

use model::AttemptLog;
use serde::{Deserialize, Serialize};

use crate::rfc3339;

/// Response of `GET /jobs/{id}/attempts` on the admin listener.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AttemptsBody {
    /// The job.
    pub job_id: String,
    /// Its finished attempts, in order.
    pub attempts: Vec<AttemptBody>,
}

/// One attempt. Timestamps of steps that it did not reach are absent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AttemptBody {
    /// Its number, from 1.
    pub attempt: u32,
    /// The worker that ran it.
    pub worker: String,
    /// The pool in which it ran.
    pub pool: String,
    /// The language of the submission.
    pub language: String,
    /// The toolchain as it names itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub toolchain: Option<String>,
    /// `completed`, `cancelled`, `failed`, `given_back`, `lost` or `stale`.
    pub end: String,
    /// The platform's own error, if there was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Its job was enqueued.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queued_at: Option<String>,
    /// A worker claimed it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claimed_at: Option<String>,
    /// It got a sandbox.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub leased_at: Option<String>,
    /// The submission was compiled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compiled_at: Option<String>,
    /// The program, or the last of its tests, had ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ran_at: Option<String>,
    /// Its end was stored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recorded_at: Option<String>,
}

impl From<&AttemptLog> for AttemptBody {
    fn from(log: &AttemptLog) -> Self {
        let timestamps = log.timestamps;
        Self {
            attempt: log.attempt,
            worker: log.worker.to_string(),
            pool: log.pool.as_str().to_owned(),
            language: log.language.to_string(),
            toolchain: log.toolchain.clone(),
            end: log.end.as_str().to_owned(),
            error: log.error.clone(),
            queued_at: timestamps.queued.map(rfc3339),
            claimed_at: timestamps.claimed.map(rfc3339),
            leased_at: timestamps.leased.map(rfc3339),
            compiled_at: timestamps.compiled.map(rfc3339),
            ran_at: timestamps.ran.map(rfc3339),
            recorded_at: timestamps.recorded.map(rfc3339),
        }
    }
}
