//! Reads of the records, on connections separate from the writer.

use model::{IdempotencyKey, JobId, JobRecord, Principal, Timestamp, WorkerName};

use crate::{
    codec::{StoredJob, decode_completion, decode_error, decode_status},
    engine::{ReaderPool, Row, from_row},
    error::StoreError,
    outcomes::{BeginOutcome, JobProgress, SubmitOutcome, UnfinishedJob},
    writes::BeginResult,
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
    is_session: i64,
}

from_row!(RecordRow { status, worker, started_at, finished_at, completion_schema, completion; job });
from_row!(UnfinishedRow { id, attempt, submitted_at });
from_row!(ProgressRow { principal, status, attempt, is_session });

pub(crate) async fn record(readers: &ReaderPool, id: JobId) -> Result<Option<JobRecord>, StoreError> {
    let statement = "SELECT status, worker, started_at, finished_at, completion_schema, completion, attempt, job_schema, job
         FROM jobs WHERE id = $1";
    let row = readers.row(statement, |to| to.text(&id.to_string())).await?;
    let row: Option<RecordRow> = row.as_ref().map(Row::read).transpose().map_err(StoreError::Read)?;
    row.map(|row| row.decode(id)).transpose()
}

/// The earlier job of a principal with this idempotency key.
pub(crate) async fn find_by_idempotency_key(
    readers: &ReaderPool,
    (principal, key): (&Principal, &IdempotencyKey),
    fingerprint: &str,
) -> Result<Option<SubmitOutcome>, StoreError> {
    let statement = "SELECT id, fingerprint FROM jobs WHERE principal = $1 AND idempotency_key = $2";
    let row =
        readers.row(statement, |to| to.text(&principal.key()).and_then(|()| to.text(key.as_str()))).await?;
    let row: Option<(String, String)> = row.as_ref().map(Row::read).transpose().map_err(StoreError::Read)?;
    let Some((id, found)) = row else { return Ok(None) };
    if found != fingerprint {
        return Ok(Some(SubmitOutcome::KeyReused));
    }
    // An id that cannot be parsed cannot be reported.
    let id = id.parse().map_err(|error| decode_error(JobId::from_u128(0), "id")(error))?;
    Ok(Some(SubmitOutcome::Existing(id)))
}

impl RecordRow {
    fn decode(self, id: JobId) -> Result<JobRecord, StoreError> {
        let completion = self.completion.as_deref();
        Ok(JobRecord {
            job: self.job.decode(id)?,
            status: decode_status(id, &self.status)?,
            started_at: self.started_at.map(Timestamp::from_millis),
            finished_at: self.finished_at.map(Timestamp::from_millis),
            worker: self.worker.map(WorkerName::new),
            completion: completion
                .map(|text| decode_completion(id, self.completion_schema, text))
                .transpose()?,
        })
    }
}

pub(crate) async fn progress(readers: &ReaderPool, id: JobId) -> Result<Option<JobProgress>, StoreError> {
    let statement = "SELECT principal, status, attempt, is_session FROM jobs WHERE id = $1";
    let row = readers.row(statement, |to| to.text(&id.to_string())).await?;
    let row: Option<ProgressRow> = row.as_ref().map(Row::read).transpose().map_err(StoreError::Read)?;
    row.map(|row| {
        let attempt = u32::try_from(row.attempt).map_err(decode_error(id, "attempt"))?;
        let principal = Principal::from_key(&row.principal)
            .ok_or_else(|| decode_error(id, "principal")("nobody is called that"))?;
        let status = decode_status(id, &row.status)?;
        Ok(JobProgress { principal, status, attempt, is_session: row.is_session != 0 })
    })
    .transpose()
}

pub(crate) async fn unfinished(
    readers: &ReaderPool,
    after: Option<JobId>,
    max: usize,
) -> Result<Vec<UnfinishedJob>, StoreError> {
    // Every id sorts after the empty text.
    let after = after.map(|id| id.to_string()).unwrap_or_default();
    let max = i64::try_from(max).unwrap_or(i64::MAX);
    // A test checks the query plan: it must not read the finished records, which are many.
    let statement = "SELECT id, attempt, submitted_at FROM jobs
         WHERE finished_at IS NULL AND id > $1 ORDER BY id LIMIT $2";
    let rows = readers.rows(statement, |to| to.text(&after).and_then(|()| to.number(max))).await?;
    rows.iter()
        .map(|row| {
            let row: UnfinishedRow = row.read().map_err(StoreError::Read)?;
            // An id that cannot be parsed cannot be reported.
            let id = row.id.parse().map_err(|error| decode_error(JobId::from_u128(0), "id")(error))?;
            let attempt = u32::try_from(row.attempt).map_err(decode_error(id, "attempt"))?;
            Ok(UnfinishedJob { id, attempt, submitted_at: Timestamp::from_millis(row.submitted_at) })
        })
        .collect()
}

/// The outcome of a begin whose reply was lost.
pub(crate) async fn confirm_attempt(
    readers: &ReaderPool,
    id: JobId,
    (attempt, worker, at): (u32, &WorkerName, Timestamp),
) -> Result<BeginOutcome, StoreError> {
    let statement = "SELECT cancel_requested, attempt, job_schema, job FROM jobs
         WHERE id = $1 AND status = 'processing' AND attempt = $2 AND worker = $3 AND started_at = $4";
    let row = readers.row(statement, |to| {
        to.text(&id.to_string())?;
        to.number(attempt.into())?;
        to.text(worker.as_str())?;
        to.number(at.as_millis())
    });
    match row.await? {
        Some(row) => BeginResult::Begun(row.read().map_err(StoreError::Read)?).into_outcome(id),
        None => Ok(BeginOutcome::Stale),
    }
}

/// Whether a completion whose reply was lost was recorded.
pub(crate) async fn is_completed(
    readers: &ReaderPool,
    id: JobId,
    attempt: u32,
    at: Timestamp,
) -> Result<bool, StoreError> {
    let statement = "SELECT status FROM jobs WHERE id = $1 AND attempt = $2 AND finished_at = $3";
    let row = readers.row(statement, |to| {
        to.text(&id.to_string())?;
        to.number(attempt.into())?;
        to.number(at.as_millis())
    });
    Ok(row.await?.is_some())
}

pub(crate) async fn ping(readers: &ReaderPool) -> Result<(), StoreError> {
    readers.rows("SELECT 1", |_| Ok(())).await.map(drop)
}
