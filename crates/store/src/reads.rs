//! Reads of the records, apart from the writer and beside it.

use model::{IdempotencyKey, JobId, JobRecord, Principal, Timestamp, WorkerName};

use crate::{
    Begun, Progress, StoreError, Submitted, Unfinished,
    engine::{Readers, Row, from_row},
    stored::{StoredJob, damaged, read_completion, read_status},
    writes::BeginFound,
};

struct RecordRow {
    status: String,
    worker: Option<String>,
    started_at: Option<i64>,
    finished_at: Option<i64>,
    completion_schema: Option<i64>,
    completion: Option<String>,
    job: StoredJob,
}

struct UnfinishedRow {
    id: String,
    attempt: i64,
    submitted_at: i64,
}

struct ProgressRow {
    principal: String,
    status: String,
    attempt: i64,
}

from_row!(RecordRow { status, worker, started_at, finished_at, completion_schema, completion; job });
from_row!(UnfinishedRow { id, attempt, submitted_at });
from_row!(ProgressRow { principal, status, attempt });

pub(crate) async fn record(readers: &Readers, id: JobId) -> Result<Option<JobRecord>, StoreError> {
    let question = "SELECT status, worker, started_at, finished_at, completion_schema, completion, attempt, job_schema, job
         FROM jobs WHERE id = $1";
    let row = readers.row(question, |to| to.text(&id.to_string())).await?;
    let row: Option<RecordRow> = row.as_ref().map(Row::read).transpose().map_err(StoreError::Read)?;
    row.map(|row| row.read(id)).transpose()
}

/// The job that a principal has sent with this key.
pub(crate) async fn sent_before(
    readers: &Readers,
    (principal, key): (&Principal, &IdempotencyKey),
    fingerprint: &str,
) -> Result<Option<Submitted>, StoreError> {
    let question = "SELECT id, fingerprint FROM jobs WHERE principal = $1 AND idempotency_key = $2";
    let row =
        readers.row(question, |to| to.text(&principal.key()).and_then(|()| to.text(key.as_str()))).await?;
    let row: Option<(String, String)> = row.as_ref().map(Row::read).transpose().map_err(StoreError::Read)?;
    let Some((id, found)) = row else { return Ok(None) };
    if found != fingerprint {
        return Ok(Some(Submitted::KeyReused));
    }
    // An id that does not parse has no id to report it by.
    let id = id.parse().map_err(|error| damaged(JobId::from_u128(0), "id")(error))?;
    Ok(Some(Submitted::Existing(id)))
}

impl RecordRow {
    fn read(self, id: JobId) -> Result<JobRecord, StoreError> {
        let completion = self.completion.as_deref();
        Ok(JobRecord {
            job: self.job.read(id)?,
            status: read_status(id, &self.status)?,
            started_at: self.started_at.map(Timestamp::from_millis),
            finished_at: self.finished_at.map(Timestamp::from_millis),
            worker: self.worker.map(WorkerName::new),
            completion: completion
                .map(|text| read_completion(id, self.completion_schema, text))
                .transpose()?,
        })
    }
}

pub(crate) async fn progress(readers: &Readers, id: JobId) -> Result<Option<Progress>, StoreError> {
    let question = "SELECT principal, status, attempt FROM jobs WHERE id = $1";
    let row = readers.row(question, |to| to.text(&id.to_string())).await?;
    let row: Option<ProgressRow> = row.as_ref().map(Row::read).transpose().map_err(StoreError::Read)?;
    row.map(|row| {
        let attempt = u32::try_from(row.attempt).map_err(damaged(id, "attempt"))?;
        let principal = Principal::from_key(&row.principal)
            .ok_or_else(|| damaged(id, "principal")("nobody is called that"))?;
        Ok(Progress { principal, status: read_status(id, &row.status)?, attempt })
    })
    .transpose()
}

pub(crate) async fn unfinished(
    readers: &Readers,
    after: Option<JobId>,
    most: usize,
) -> Result<Vec<Unfinished>, StoreError> {
    // Every id sorts after the empty text.
    let after = after.map(|id| id.to_string()).unwrap_or_default();
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    // A test checks the plan of this: it must not read the finished records, which are many.
    let question = "SELECT id, attempt, submitted_at FROM jobs
         WHERE finished_at IS NULL AND id > $1 ORDER BY id LIMIT $2";
    let rows = readers.rows(question, |to| to.text(&after).and_then(|()| to.number(most))).await?;
    rows.iter()
        .map(|row| {
            let row: UnfinishedRow = row.read().map_err(StoreError::Read)?;
            // An id that does not parse has no id to report it by.
            let id = row.id.parse().map_err(|error| damaged(JobId::from_u128(0), "id")(error))?;
            let attempt = u32::try_from(row.attempt).map_err(damaged(id, "attempt"))?;
            Ok(Unfinished { id, attempt, submitted_at: Timestamp::from_millis(row.submitted_at) })
        })
        .collect()
}

/// What a beginning came to whose answer was lost.
pub(crate) async fn begun(
    readers: &Readers,
    id: JobId,
    (attempt, worker, at): (u32, &WorkerName, Timestamp),
) -> Result<Begun, StoreError> {
    let question = "SELECT cancel_requested, attempt, job_schema, job FROM jobs
         WHERE id = $1 AND status = 'processing' AND attempt = $2 AND worker = $3 AND started_at = $4";
    let row = readers.row(question, |to| {
        to.text(&id.to_string())?;
        to.number(attempt.into())?;
        to.text(worker.as_str())?;
        to.number(at.as_millis())
    });
    match row.await? {
        Some(row) => BeginFound::Begun(row.read().map_err(StoreError::Read)?).begun(id),
        None => Ok(Begun::Stale),
    }
}

/// Whether a completion counted whose answer was lost.
pub(crate) async fn is_completed(
    readers: &Readers,
    id: JobId,
    attempt: u32,
    at: Timestamp,
) -> Result<bool, StoreError> {
    let question = "SELECT status FROM jobs WHERE id = $1 AND attempt = $2 AND finished_at = $3";
    let row = readers.row(question, |to| {
        to.text(&id.to_string())?;
        to.number(attempt.into())?;
        to.number(at.as_millis())
    });
    Ok(row.await?.is_some())
}

pub(crate) async fn ping(readers: &Readers) -> Result<(), StoreError> {
    readers.rows("SELECT 1", |_| Ok(())).await.map(drop)
}
