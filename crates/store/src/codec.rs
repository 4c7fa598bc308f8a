//! Codec of records: jobs and completions as JSON in columns.
//!
//! Each document has its schema version in a column of its own, so that a document of a newer version is
//! recognized before it is decoded.

use model::{Completion, Job, JobId, JobStatus};

use crate::{engine::from_row, error::StoreError};

/// Schema version of a completion: the one that is written, and the newest that is read.
const COMPLETION_SCHEMA: u16 = 1;

/// A job as stored; `attempt` is a column of its own because it changes and the document does not.
#[derive(Debug)]
pub(crate) struct StoredJob {
    pub(crate) job_schema: i64,
    pub(crate) job: String,
    pub(crate) attempt: i64,
}

from_row!(StoredJob { job_schema, job, attempt });

impl StoredJob {
    pub(crate) fn encode(job: &Job) -> Result<Self, StoreError> {
        let text = serde_json::to_string(job).map_err(|source| StoreError::Encode { id: job.id, source })?;
        Ok(Self { job_schema: job.schema.into(), job: text, attempt: job.attempt.into() })
    }

    pub(crate) fn decode(&self, id: JobId) -> Result<Job, StoreError> {
        reject_newer(id, self.job_schema, Job::SCHEMA)?;
        let mut job: Job = serde_json::from_str(&self.job).map_err(decode_error(id, "job"))?;
        job.attempt = u32::try_from(self.attempt).map_err(decode_error(id, "attempt"))?;
        Ok(job)
    }
}

/// A completion as stored, with its status.
#[derive(Debug)]
pub(crate) struct StoredCompletion {
    pub(crate) status: JobStatus,
    pub(crate) schema: i64,
    pub(crate) text: String,
}

impl StoredCompletion {
    pub(crate) fn encode(id: JobId, completion: &Completion) -> Result<Self, StoreError> {
        let text = serde_json::to_string(completion).map_err(|source| StoreError::Encode { id, source })?;
        Ok(Self { status: completion.status(), schema: COMPLETION_SCHEMA.into(), text })
    }
}

pub(crate) fn decode_completion(
    id: JobId,
    schema: Option<i64>,
    text: &str,
) -> Result<Completion, StoreError> {
    reject_newer(id, schema.unwrap_or_default(), COMPLETION_SCHEMA)?;
    serde_json::from_str(text).map_err(decode_error(id, "completion"))
}

pub(crate) fn decode_status(id: JobId, text: &str) -> Result<JobStatus, StoreError> {
    use JobStatus::{Cancelled, Completed, Failed, Processing, Queued};
    [Queued, Processing, Completed, Failed, Cancelled]
        .into_iter()
        .find(|status| status.as_str() == text)
        .ok_or_else(|| decode_error(id, "status")(format!("no status is called {text}")))
}

/// Error for a part of a record that cannot be decoded.
pub(crate) fn decode_error<E>(id: JobId, part: &'static str) -> impl FnOnce(E) -> StoreError
where
    E: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    move |source| StoreError::Decode { id, part, source: source.into() }
}

/// Rejects a document of a newer version.
pub(crate) fn reject_newer(id: JobId, found: i64, known: u16) -> Result<(), StoreError> {
    if found > known.into() { Err(StoreError::Newer { id, found, known }) } else { Ok(()) }
}
