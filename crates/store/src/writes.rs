//! Writes of the records: one type per write.
//!
//! Each is one fenced statement, and a follow-up query for the reason if the statement changed nothing. The
//! statement alone decides, so two concurrent writers cannot both succeed.

use model::{Job, JobId, JobStatus, Timestamp, WorkerName};

use crate::{
    codec::{StoredCompletion, StoredJob, decode_error, decode_status},
    engine::{BindResult, Parameters, Row, StatementResult, from_row},
    error::StoreError,
    outcomes::{
        BeginOutcome, CompleteOutcome, DeleteOutcome, RecordCancelOutcome, RequeueOutcome, SubmitOutcome,
    },
    writer::Write,
};

/// Follow-up query of writes of a job.
const STATUS: &str = "SELECT status FROM jobs WHERE id = $1";

pub(crate) struct Submit {
    id: String,
    principal: String,
    key: Option<String>,
    fingerprint: String,
    submitted_at: i64,
    is_session: bool,
    stored: StoredJob,
    conflict_key: u128,
}

/// Result of a submission, as text.
pub(crate) enum SubmitResult {
    New,
    Same { id: String },
    Other,
}

impl Submit {
    pub(crate) fn new(job: &Job, fingerprint: &str) -> Result<Self, StoreError> {
        let principal = job.principal.key();
        let key = job.idempotency_key.as_ref().map(|key| key.as_str().to_owned());
        Ok(Self {
            conflict_key: key.as_ref().map_or(job.id.as_u128(), |key| hash(&principal, key)),
            id: job.id.to_string(),
            principal,
            key,
            fingerprint: fingerprint.to_owned(),
            submitted_at: job.submitted_at.as_millis(),
            is_session: job.session.is_some(),
            stored: StoredJob::encode(job)?,
        })
    }
}

impl Write for Submit {
    type Output = SubmitResult;

    const STATEMENT: &'static str =
        "INSERT INTO jobs (id, principal, idempotency_key, fingerprint, attempt, submitted_at, job_schema, job,
                           is_session, status, cancel_requested)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'queued', 0) ON CONFLICT DO NOTHING";
    /// The key was used before, or the same job was submitted again.
    const FOLLOW_UP: Option<&'static str> = Some(
        "SELECT id, fingerprint FROM jobs WHERE (principal = $1 AND idempotency_key = $2) OR id = $3
         ORDER BY CASE WHEN id = $3 THEN 1 ELSE 0 END LIMIT 1",
    );

    fn conflict_key(&self) -> u128 {
        self.conflict_key
    }

    fn bind(&self, to: &mut dyn Parameters) -> BindResult {
        to.text(&self.id)?;
        to.text(&self.principal)?;
        to.maybe_text(self.key.as_deref())?;
        to.text(&self.fingerprint)?;
        to.number(self.stored.attempt)?;
        to.number(self.submitted_at)?;
        to.number(self.stored.job_schema)?;
        to.text(&self.stored.job)?;
        to.number(i64::from(self.is_session))
    }

    fn on_changed(&self, _: &StatementResult) -> Result<SubmitResult, sqlx::Error> {
        Ok(SubmitResult::New)
    }

    fn bind_follow_up(&self, to: &mut dyn Parameters) -> BindResult {
        to.text(&self.principal)?;
        to.maybe_text(self.key.as_deref())?;
        to.text(&self.id)
    }

    fn on_unchanged(&self, found: Option<&Row>) -> Result<SubmitResult, sqlx::Error> {
        // The conflicting record may have been deleted since; then the whole transaction is retried.
        let (id, fingerprint): (String, String) = found.ok_or(sqlx::Error::RowNotFound)?.read()?;
        Ok(if fingerprint == self.fingerprint { SubmitResult::Same { id } } else { SubmitResult::Other })
    }
}

/// Conflict key of an idempotency key, the same in all processes of every release: rows are locked in the order
/// of these numbers, and different orders could deadlock. FNV-1a with 128 bits (RFC 9923 defines both
/// constants).
fn hash(principal: &str, key: &str) -> u128 {
    const OFFSET_BASIS: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
    // This byte occurs in no text, so different pairs give different input.
    const BETWEEN: [u8; 1] = [0xff];
    let bytes = principal.bytes().chain(BETWEEN).chain(key.bytes());
    bytes.fold(OFFSET_BASIS, |hash, byte| (hash ^ u128::from(byte)).wrapping_mul(PRIME))
}

impl SubmitResult {
    pub(crate) fn into_outcome(self, submitted_id: JobId) -> Result<SubmitOutcome, StoreError> {
        Ok(match self {
            Self::New => SubmitOutcome::New,
            Self::Same { id } => {
                SubmitOutcome::Existing(id.parse().map_err(|error| decode_error(submitted_id, "id")(error))?)
            }
            Self::Other => SubmitOutcome::KeyReused,
        })
    }
}

pub(crate) struct BeginAttempt {
    pub(crate) id: JobId,
    pub(crate) attempt: u32,
    pub(crate) worker: WorkerName,
    pub(crate) now: Timestamp,
}

/// Result of beginning an attempt.
pub(crate) enum BeginResult {
    Begun(BegunAttemptRow),
    Present { status: String },
    Missing,
}

pub(crate) struct BegunAttemptRow {
    cancel_requested: i64,
    job: StoredJob,
}

from_row!(BegunAttemptRow { cancel_requested; job });

impl Write for BeginAttempt {
    type Output = BeginResult;

    const STATEMENT: &'static str =
        "UPDATE jobs SET status = 'processing', attempt = $2, worker = $3, started_at = $4
         WHERE id = $1 AND finished_at IS NULL AND attempt < $2
         RETURNING cancel_requested, attempt, job_schema, job";
    const FOLLOW_UP: Option<&'static str> = Some(STATUS);

    fn conflict_key(&self) -> u128 {
        self.id.as_u128()
    }

    fn bind(&self, to: &mut dyn Parameters) -> BindResult {
        to.text(&self.id.to_string())?;
        to.number(i64::from(self.attempt))?;
        to.text(self.worker.as_str())?;
        to.number(self.now.as_millis())
    }

    fn on_changed(&self, result: &StatementResult) -> Result<BeginResult, sqlx::Error> {
        Ok(BeginResult::Begun(result.row()?.read()?))
    }

    fn bind_follow_up(&self, to: &mut dyn Parameters) -> BindResult {
        to.text(&self.id.to_string())
    }

    fn on_unchanged(&self, found: Option<&Row>) -> Result<BeginResult, sqlx::Error> {
        Ok(match found {
            None => BeginResult::Missing,
            Some(row) => BeginResult::Present { status: row.text()? },
        })
    }
}

impl BeginResult {
    pub(crate) fn into_outcome(self, id: JobId) -> Result<BeginOutcome, StoreError> {
        Ok(match self {
            Self::Begun(row) if row.cancel_requested != 0 => {
                BeginOutcome::CancelRequested(Box::new(row.job.decode(id)?))
            }
            Self::Begun(row) => BeginOutcome::Run(Box::new(row.job.decode(id)?)),
            Self::Present { status } if decode_status(id, &status)?.is_final() => BeginOutcome::Ended,
            Self::Present { .. } => BeginOutcome::Stale,
            Self::Missing => BeginOutcome::Missing,
        })
    }
}

pub(crate) struct Complete {
    pub(crate) id: JobId,
    pub(crate) attempt: u32,
    pub(crate) completion: StoredCompletion,
    pub(crate) now: Timestamp,
}

impl Write for Complete {
    type Output = CompleteOutcome;

    const STATEMENT: &'static str =
        "UPDATE jobs SET status = $3, finished_at = $4, completion_schema = $5, completion = $6
         WHERE id = $1 AND status = 'processing' AND attempt = $2";

    fn conflict_key(&self) -> u128 {
        self.id.as_u128()
    }

    fn bind(&self, to: &mut dyn Parameters) -> BindResult {
        to.text(&self.id.to_string())?;
        to.number(i64::from(self.attempt))?;
        to.text(self.completion.status.as_str())?;
        to.number(self.now.as_millis())?;
        to.number(self.completion.schema)?;
        to.text(&self.completion.text)
    }

    fn on_changed(&self, _: &StatementResult) -> Result<CompleteOutcome, sqlx::Error> {
        Ok(CompleteOutcome::Recorded)
    }

    fn on_unchanged(&self, _: Option<&Row>) -> Result<CompleteOutcome, sqlx::Error> {
        Ok(CompleteOutcome::Stale)
    }
}

pub(crate) struct Requeue {
    pub(crate) id: JobId,
    pub(crate) attempt: u32,
}

impl Write for Requeue {
    type Output = RequeueOutcome;

    const STATEMENT: &'static str = "UPDATE jobs SET status = 'queued', started_at = NULL
         WHERE id = $1 AND status = 'processing' AND attempt = $2";

    fn conflict_key(&self) -> u128 {
        self.id.as_u128()
    }

    fn bind(&self, to: &mut dyn Parameters) -> BindResult {
        to.text(&self.id.to_string())?;
        to.number(i64::from(self.attempt))
    }

    fn on_changed(&self, _: &StatementResult) -> Result<RequeueOutcome, sqlx::Error> {
        Ok(RequeueOutcome::Requeued)
    }

    fn on_unchanged(&self, _: Option<&Row>) -> Result<RequeueOutcome, sqlx::Error> {
        Ok(RequeueOutcome::Stale)
    }
}

pub(crate) struct Cancel {
    pub(crate) id: JobId,
    pub(crate) completion: StoredCompletion,
    pub(crate) now: Timestamp,
}

/// Result of a cancellation, as text.
pub(crate) enum CancelResult {
    Changed { status: String },
    Final { status: String },
    Missing,
}

impl Write for Cancel {
    type Output = CancelResult;

    const STATEMENT: &'static str = "UPDATE jobs SET
             cancel_requested  = 1,
             status            = CASE WHEN status = 'queued' THEN 'cancelled' ELSE status END,
             finished_at       = CASE WHEN status = 'queued' THEN $2 END,
             completion_schema = CASE WHEN status = 'queued' THEN $3 END,
             completion        = CASE WHEN status = 'queued' THEN $4 END
         WHERE id = $1 AND finished_at IS NULL
         RETURNING status";
    const FOLLOW_UP: Option<&'static str> = Some(STATUS);

    fn conflict_key(&self) -> u128 {
        self.id.as_u128()
    }

    fn bind(&self, to: &mut dyn Parameters) -> BindResult {
        to.text(&self.id.to_string())?;
        to.number(self.now.as_millis())?;
        to.number(self.completion.schema)?;
        to.text(&self.completion.text)
    }

    fn on_changed(&self, result: &StatementResult) -> Result<CancelResult, sqlx::Error> {
        Ok(CancelResult::Changed { status: result.row()?.text()? })
    }

    fn bind_follow_up(&self, to: &mut dyn Parameters) -> BindResult {
        to.text(&self.id.to_string())
    }

    fn on_unchanged(&self, found: Option<&Row>) -> Result<CancelResult, sqlx::Error> {
        let status = found.map(Row::text).transpose()?;
        Ok(status.map_or(CancelResult::Missing, |status| CancelResult::Final { status }))
    }
}

impl CancelResult {
    pub(crate) fn into_outcome(self, id: JobId) -> Result<RecordCancelOutcome, StoreError> {
        Ok(match self {
            Self::Changed { status } if decode_status(id, &status)? == JobStatus::Cancelled => {
                RecordCancelOutcome::WasQueued
            }
            Self::Changed { .. } => RecordCancelOutcome::Requested,
            Self::Final { status } => RecordCancelOutcome::AlreadyFinal(decode_status(id, &status)?),
            Self::Missing => RecordCancelOutcome::Missing,
        })
    }
}

pub(crate) struct FailUnfinished {
    pub(crate) id: JobId,
    pub(crate) completion: StoredCompletion,
    pub(crate) now: Timestamp,
}

impl Write for FailUnfinished {
    type Output = bool;

    const STATEMENT: &'static str =
        "UPDATE jobs SET status = $2, finished_at = $3, completion_schema = $4, completion = $5
         WHERE id = $1 AND finished_at IS NULL";

    fn conflict_key(&self) -> u128 {
        self.id.as_u128()
    }

    fn bind(&self, to: &mut dyn Parameters) -> BindResult {
        to.text(&self.id.to_string())?;
        to.text(self.completion.status.as_str())?;
        to.number(self.now.as_millis())?;
        to.number(self.completion.schema)?;
        to.text(&self.completion.text)
    }

    fn on_changed(&self, _: &StatementResult) -> Result<bool, sqlx::Error> {
        Ok(true)
    }

    fn on_unchanged(&self, _: Option<&Row>) -> Result<bool, sqlx::Error> {
        Ok(false)
    }
}

pub(crate) struct DeleteFinished {
    pub(crate) id: JobId,
}

/// Result of a deletion, as text.
pub(crate) enum DeleteResult {
    Deleted,
    Unfinished { status: String },
    Missing,
}

impl Write for DeleteFinished {
    type Output = DeleteResult;

    const STATEMENT: &'static str = "DELETE FROM jobs WHERE id = $1 AND finished_at IS NOT NULL";

    const FOLLOW_UP: Option<&'static str> = Some(STATUS);

    fn conflict_key(&self) -> u128 {
        self.id.as_u128()
    }

    fn bind(&self, to: &mut dyn Parameters) -> BindResult {
        to.text(&self.id.to_string())
    }

    fn on_changed(&self, _: &StatementResult) -> Result<DeleteResult, sqlx::Error> {
        Ok(DeleteResult::Deleted)
    }

    fn bind_follow_up(&self, to: &mut dyn Parameters) -> BindResult {
        to.text(&self.id.to_string())
    }

    fn on_unchanged(&self, found: Option<&Row>) -> Result<DeleteResult, sqlx::Error> {
        let status = found.map(Row::text).transpose()?;
        Ok(status.map_or(DeleteResult::Missing, |status| DeleteResult::Unfinished { status }))
    }
}

impl DeleteResult {
    pub(crate) fn into_outcome(self, id: JobId) -> Result<DeleteOutcome, StoreError> {
        Ok(match self {
            Self::Deleted => DeleteOutcome::Deleted,
            Self::Unfinished { status } => DeleteOutcome::Unfinished(decode_status(id, &status)?),
            Self::Missing => DeleteOutcome::Missing,
        })
    }
}

pub(crate) struct DeleteFinishedBefore {
    pub(crate) cutoff: Timestamp,
    pub(crate) max: usize,
}

impl Write for DeleteFinishedBefore {
    type Output = Vec<String>;

    const STATEMENT: &'static str = "DELETE FROM jobs WHERE id IN (
             SELECT id FROM jobs WHERE finished_at < $1 ORDER BY finished_at LIMIT $2)
         RETURNING id";

    /// All conflict with each other.
    fn conflict_key(&self) -> u128 {
        0
    }

    fn bind(&self, to: &mut dyn Parameters) -> BindResult {
        to.number(self.cutoff.as_millis())?;
        to.number(i64::try_from(self.max).unwrap_or(i64::MAX))
    }

    fn on_changed(&self, result: &StatementResult) -> Result<Vec<String>, sqlx::Error> {
        result.rows.iter().map(Row::text).collect()
    }

    fn on_unchanged(&self, _: Option<&Row>) -> Result<Vec<String>, sqlx::Error> {
        Ok(Vec::new())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conflict_keys_are_stable_across_releases() {
        assert_eq!(hash("account:ada", "key-1"), 0x0cf2_18fc_2599_5c75_1c99_b572_1fdd_0208);
        assert_ne!(hash("account:ada", "key-1"), hash("account:adak", "ey-1"));
    }
}
