//! Jobs and completions as text in a row, and back.
//!
//! Each document has the version of its form beside it, in a column of its own, so that one written by a newer coderunner
//! is recognised before anybody tries to read it.

use model::{Completion, Job, JobId, JobStatus};

use crate::{StoreError, engine::from_row};

/// The version of a stored completion that this code writes, and the newest that it reads.
const COMPLETION_SCHEMA: u16 = 1;

/// A job as it is in a row; `attempt` is a column of its own because it changes and the document does not.
#[derive(Debug)]
pub(crate) struct StoredJob {
    pub(crate) job_schema: i64,
    pub(crate) job: String,
    pub(crate) attempt: i64,
}

from_row!(StoredJob { job_schema, job, attempt });

impl StoredJob {
    pub(crate) fn of(job: &Job) -> Result<Self, StoreError> {
        let text = serde_json::to_string(job).map_err(|source| StoreError::Encode { id: job.id, source })?;
        Ok(Self { job_schema: job.schema.into(), job: text, attempt: job.attempt.into() })
    }

    pub(crate) fn read(&self, id: JobId) -> Result<Job, StoreError> {
        refuse_newer(id, self.job_schema, Job::SCHEMA)?;
        let mut job: Job = serde_json::from_str(&self.job).map_err(damaged(id, "job"))?;
        job.attempt = u32::try_from(self.attempt).map_err(damaged(id, "attempt"))?;
        Ok(job)
    }
}

/// A completion as it is in a row, with the status that goes with it.
#[derive(Debug)]
pub(crate) struct StoredCompletion {
    pub(crate) status: JobStatus,
    pub(crate) schema: i64,
    pub(crate) text: String,
}

impl StoredCompletion {
    pub(crate) fn of(id: JobId, completion: &Completion) -> Result<Self, StoreError> {
        let text = serde_json::to_string(completion).map_err(|source| StoreError::Encode { id, source })?;
        Ok(Self { status: completion.status(), schema: COMPLETION_SCHEMA.into(), text })
    }
}

pub(crate) fn read_completion(id: JobId, schema: Option<i64>, text: &str) -> Result<Completion, StoreError> {
    refuse_newer(id, schema.unwrap_or_default(), COMPLETION_SCHEMA)?;
    serde_json::from_str(text).map_err(damaged(id, "completion"))
}

pub(crate) fn read_status(id: JobId, text: &str) -> Result<JobStatus, StoreError> {
    use JobStatus::{Cancelled, Completed, Failed, Processing, Queued};
    [Queued, Processing, Completed, Failed, Cancelled]
        .into_iter()
        .find(|status| status.as_str() == text)
        .ok_or_else(|| damaged(id, "status")(format!("no status is called {text}")))
}

/// The error for a part of a record that does not read.
pub(crate) fn damaged<E>(id: JobId, part: &'static str) -> impl FnOnce(E) -> StoreError
where
    E: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    move |source| StoreError::Decode { id, part, source: source.into() }
}

/// Refuses what a newer coderunner wrote.
pub(crate) fn refuse_newer(id: JobId, found: i64, known: u16) -> Result<(), StoreError> {
    if found > known.into() { Err(StoreError::Newer { id, found, known }) } else { Ok(()) }
}
