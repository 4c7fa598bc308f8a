//! The attempts at a job, as operators see them.

use model::AttemptLog;
use serde::{Deserialize, Serialize};

use crate::rfc3339;

/// Answer of `GET /jobs/{id}/attempts` on the admin listener.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AttemptsBody {
    /// The job.
    pub job_id: String,
    /// Its attempts that have ended, the first one first. The one that is going on is not among them.
    pub attempts: Vec<AttemptBody>,
}

/// One attempt. Moments are absent where it did not get so far.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AttemptBody {
    /// Which one, from 1.
    pub attempt: u32,
    /// Who made it.
    pub worker: String,
    /// In which pool.
    pub pool: String,
    /// The language of the submission.
    pub language: String,
    /// The toolchain as it names itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub toolchain: Option<String>,
    /// `completed`, `cancelled`, `failed`, `given_back`, `lost` or `stale`.
    pub end: String,
    /// What went wrong on our side.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Its job began to wait.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queued_at: Option<String>,
    /// A worker claimed it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claimed_at: Option<String>,
    /// It had a sandbox.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub leased_at: Option<String>,
    /// The submission was compiled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compiled_at: Option<String>,
    /// The program, or the last of its tests, had ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ran_at: Option<String>,
    /// Its end was recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recorded_at: Option<String>,
}

impl From<&AttemptLog> for AttemptBody {
    fn from(log: &AttemptLog) -> Self {
        let moments = log.timestamps;
        Self {
            attempt: log.attempt,
            worker: log.worker.to_string(),
            pool: log.pool.as_str().to_owned(),
            language: log.language.to_string(),
            toolchain: log.toolchain.clone(),
            end: log.end.as_str().to_owned(),
            error: log.error.clone(),
            queued_at: moments.queued.map(rfc3339),
            claimed_at: moments.claimed.map(rfc3339),
            leased_at: moments.leased.map(rfc3339),
            compiled_at: moments.compiled.map(rfc3339),
            ran_at: moments.ran.map(rfc3339),
            recorded_at: moments.recorded.map(rfc3339),
        }
    }
}
