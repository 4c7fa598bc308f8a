//! Every write there is.
//!
//! Each is one fenced statement, followed, when that changed nothing, by a question why. The statement alone decides, so
//! two writers (on an engine that has two) cannot both succeed.

use model::{Job, JobId, JobStatus, Timestamp, WorkerName};

use crate::{
    Begun, Cancelled, Completed, Deleted, GivenBack, StoreError, Submitted,
    engine::{Bound, Made, Parameters, Row, from_row},
    stored::{StoredCompletion, StoredJob, damaged, read_status},
    writer::Write,
};

/// Why a write of a job changed nothing.
const STATUS: &str = "SELECT status FROM jobs WHERE id = $1";

pub(crate) struct Submit {
    id: String,
    principal: String,
    key: Option<String>,
    fingerprint: String,
    submitted_at: i64,
    stored: StoredJob,
    about: u128,
}

/// What a submission met, as text.
pub(crate) enum SubmitFound {
    New,
    Same { id: String },
    Other,
}

impl Submit {
    pub(crate) fn of(job: &Job, fingerprint: &str) -> Result<Self, StoreError> {
        let principal = job.principal.key();
        let key = job.idempotency_key.as_ref().map(|key| key.as_str().to_owned());
        Ok(Self {
            about: key.as_ref().map_or(job.id.as_u128(), |key| hash(&principal, key)),
            id: job.id.to_string(),
            principal,
            key,
            fingerprint: fingerprint.to_owned(),
            submitted_at: job.submitted_at.as_millis(),
            stored: StoredJob::of(job)?,
        })
    }
}

impl Write for Submit {
    type Answer = SubmitFound;

    const STATEMENT: &'static str =
        "INSERT INTO jobs (id, principal, idempotency_key, fingerprint, attempt, submitted_at, job_schema, job,
                           status, cancel_requested)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'queued', 0) ON CONFLICT DO NOTHING";
    /// The key was used before, or the very same job was sent to us again.
    const QUESTION: Option<&'static str> = Some(
        "SELECT id, fingerprint FROM jobs WHERE (principal = $1 AND idempotency_key = $2) OR id = $3
         ORDER BY CASE WHEN id = $3 THEN 1 ELSE 0 END LIMIT 1",
    );

    fn about(&self) -> u128 {
        self.about
    }

    fn bind(&self, to: &mut dyn Parameters) -> Bound {
        to.text(&self.id)?;
        to.text(&self.principal)?;
        to.maybe_text(self.key.as_deref())?;
        to.text(&self.fingerprint)?;
        to.number(self.stored.attempt)?;
        to.number(self.submitted_at)?;
        to.number(self.stored.job_schema)?;
        to.text(&self.stored.job)
    }

    fn changed(&self, _: &Made) -> Result<SubmitFound, sqlx::Error> {
        Ok(SubmitFound::New)
    }

    fn bind_question(&self, to: &mut dyn Parameters) -> Bound {
        to.text(&self.principal)?;
        to.maybe_text(self.key.as_deref())?;
        to.text(&self.id)
    }

    fn unchanged(&self, found: Option<&Row>) -> Result<SubmitFound, sqlx::Error> {
        // What was in the way may have been forgotten since; then the whole is made again.
        let (id, fingerprint): (String, String) = found.ok_or(sqlx::Error::RowNotFound)?.read()?;
        Ok(if fingerprint == self.fingerprint { SubmitFound::Same { id } } else { SubmitFound::Other })
    }
}

/// A number for a key, the same in all processes of every release: rows are locked in the order of these numbers, and two orders
/// would be a deadlock. FNV-1a with 128 bits, whose two numbers these are (RFC 9923).
fn hash(principal: &str, key: &str) -> u128 {
    const OFFSET_BASIS: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
    // No text has this byte, so no two pairs are the same text.
    const BETWEEN: [u8; 1] = [0xff];
    let bytes = principal.bytes().chain(BETWEEN).chain(key.bytes());
    bytes.fold(OFFSET_BASIS, |hash, byte| (hash ^ u128::from(byte)).wrapping_mul(PRIME))
}

impl SubmitFound {
    pub(crate) fn submitted(self, asked: JobId) -> Result<Submitted, StoreError> {
        Ok(match self {
            Self::New => Submitted::New,
            Self::Same { id } => {
                Submitted::Existing(id.parse().map_err(|error| damaged(asked, "id")(error))?)
            }
            Self::Other => Submitted::KeyReused,
        })
    }
}

pub(crate) struct BeginAttempt {
    pub(crate) id: JobId,
    pub(crate) attempt: u32,
    pub(crate) worker: WorkerName,
    pub(crate) now: Timestamp,
}

/// What an attempt met.
pub(crate) enum BeginFound {
    Begun(BegunRow),
    There { status: String },
    Missing,
}

pub(crate) struct BegunRow {
    cancel_requested: i64,
    job: StoredJob,
}

from_row!(BegunRow { cancel_requested; job });

impl Write for BeginAttempt {
    type Answer = BeginFound;

    const STATEMENT: &'static str =
        "UPDATE jobs SET status = 'processing', attempt = $2, worker = $3, started_at = $4
         WHERE id = $1 AND finished_at IS NULL AND attempt < $2
         RETURNING cancel_requested, attempt, job_schema, job";
    const QUESTION: Option<&'static str> = Some(STATUS);

    fn about(&self) -> u128 {
        self.id.as_u128()
    }

    fn bind(&self, to: &mut dyn Parameters) -> Bound {
        to.text(&self.id.to_string())?;
        to.number(i64::from(self.attempt))?;
        to.text(self.worker.as_str())?;
        to.number(self.now.as_millis())
    }

    fn changed(&self, made: &Made) -> Result<BeginFound, sqlx::Error> {
        Ok(BeginFound::Begun(made.row()?.read()?))
    }

    fn bind_question(&self, to: &mut dyn Parameters) -> Bound {
        to.text(&self.id.to_string())
    }

    fn unchanged(&self, found: Option<&Row>) -> Result<BeginFound, sqlx::Error> {
        Ok(match found {
            None => BeginFound::Missing,
            Some(row) => BeginFound::There { status: row.text()? },
        })
    }
}

impl BeginFound {
    pub(crate) fn begun(self, id: JobId) -> Result<Begun, StoreError> {
        Ok(match self {
            Self::Begun(row) if row.cancel_requested != 0 => {
                Begun::CancelRequested(Box::new(row.job.read(id)?))
            }
            Self::Begun(row) => Begun::Run(Box::new(row.job.read(id)?)),
            Self::There { status } if read_status(id, &status)?.is_final() => Begun::Ended,
            Self::There { .. } => Begun::Stale,
            Self::Missing => Begun::Missing,
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
    type Answer = Completed;

    const STATEMENT: &'static str =
        "UPDATE jobs SET status = $3, finished_at = $4, completion_schema = $5, completion = $6
         WHERE id = $1 AND status = 'processing' AND attempt = $2";

    fn about(&self) -> u128 {
        self.id.as_u128()
    }

    fn bind(&self, to: &mut dyn Parameters) -> Bound {
        to.text(&self.id.to_string())?;
        to.number(i64::from(self.attempt))?;
        to.text(self.completion.status.as_str())?;
        to.number(self.now.as_millis())?;
        to.number(self.completion.schema)?;
        to.text(&self.completion.text)
    }

    fn changed(&self, _: &Made) -> Result<Completed, sqlx::Error> {
        Ok(Completed::Recorded)
    }

    fn unchanged(&self, _: Option<&Row>) -> Result<Completed, sqlx::Error> {
        Ok(Completed::Stale)
    }
}

pub(crate) struct GiveBack {
    pub(crate) id: JobId,
    pub(crate) attempt: u32,
}

impl Write for GiveBack {
    type Answer = GivenBack;

    const STATEMENT: &'static str = "UPDATE jobs SET status = 'queued', started_at = NULL
         WHERE id = $1 AND status = 'processing' AND attempt = $2";

    fn about(&self) -> u128 {
        self.id.as_u128()
    }

    fn bind(&self, to: &mut dyn Parameters) -> Bound {
        to.text(&self.id.to_string())?;
        to.number(i64::from(self.attempt))
    }

    fn changed(&self, _: &Made) -> Result<GivenBack, sqlx::Error> {
        Ok(GivenBack::Requeued)
    }

    fn unchanged(&self, _: Option<&Row>) -> Result<GivenBack, sqlx::Error> {
        Ok(GivenBack::Stale)
    }
}

pub(crate) struct Cancel {
    pub(crate) id: JobId,
    pub(crate) completion: StoredCompletion,
    pub(crate) now: Timestamp,
}

/// What a cancellation met, as text.
pub(crate) enum CancelFound {
    Changed { status: String },
    Final { status: String },
    Missing,
}

impl Write for Cancel {
    type Answer = CancelFound;

    const STATEMENT: &'static str = "UPDATE jobs SET
             cancel_requested  = 1,
             status            = CASE WHEN status = 'queued' THEN 'cancelled' ELSE status END,
             finished_at       = CASE WHEN status = 'queued' THEN $2 END,
             completion_schema = CASE WHEN status = 'queued' THEN $3 END,
             completion        = CASE WHEN status = 'queued' THEN $4 END
         WHERE id = $1 AND finished_at IS NULL
         RETURNING status";
    const QUESTION: Option<&'static str> = Some(STATUS);

    fn about(&self) -> u128 {
        self.id.as_u128()
    }

    fn bind(&self, to: &mut dyn Parameters) -> Bound {
        to.text(&self.id.to_string())?;
        to.number(self.now.as_millis())?;
        to.number(self.completion.schema)?;
        to.text(&self.completion.text)
    }

    fn changed(&self, made: &Made) -> Result<CancelFound, sqlx::Error> {
        Ok(CancelFound::Changed { status: made.row()?.text()? })
    }

    fn bind_question(&self, to: &mut dyn Parameters) -> Bound {
        to.text(&self.id.to_string())
    }

    fn unchanged(&self, found: Option<&Row>) -> Result<CancelFound, sqlx::Error> {
        let status = found.map(Row::text).transpose()?;
        Ok(status.map_or(CancelFound::Missing, |status| CancelFound::Final { status }))
    }
}

impl CancelFound {
    pub(crate) fn cancelled(self, id: JobId) -> Result<Cancelled, StoreError> {
        Ok(match self {
            Self::Changed { status } if read_status(id, &status)? == JobStatus::Cancelled => {
                Cancelled::WasQueued
            }
            Self::Changed { .. } => Cancelled::Requested,
            Self::Final { status } => Cancelled::AlreadyFinal(read_status(id, &status)?),
            Self::Missing => Cancelled::Missing,
        })
    }
}

pub(crate) struct FailUnfinished {
    pub(crate) id: JobId,
    pub(crate) completion: StoredCompletion,
    pub(crate) now: Timestamp,
}

impl Write for FailUnfinished {
    type Answer = bool;

    const STATEMENT: &'static str =
        "UPDATE jobs SET status = $2, finished_at = $3, completion_schema = $4, completion = $5
         WHERE id = $1 AND finished_at IS NULL";

    fn about(&self) -> u128 {
        self.id.as_u128()
    }

    fn bind(&self, to: &mut dyn Parameters) -> Bound {
        to.text(&self.id.to_string())?;
        to.text(self.completion.status.as_str())?;
        to.number(self.now.as_millis())?;
        to.number(self.completion.schema)?;
        to.text(&self.completion.text)
    }

    fn changed(&self, _: &Made) -> Result<bool, sqlx::Error> {
        Ok(true)
    }

    fn unchanged(&self, _: Option<&Row>) -> Result<bool, sqlx::Error> {
        Ok(false)
    }
}

pub(crate) struct DeleteFinished {
    pub(crate) id: JobId,
}

/// What a deletion met, as text.
pub(crate) enum DeleteFound {
    Deleted,
    Unfinished { status: String },
    Missing,
}

impl Write for DeleteFinished {
    type Answer = DeleteFound;

    const STATEMENT: &'static str = "DELETE FROM jobs WHERE id = $1 AND finished_at IS NOT NULL";

    const QUESTION: Option<&'static str> = Some(STATUS);

    fn about(&self) -> u128 {
        self.id.as_u128()
    }

    fn bind(&self, to: &mut dyn Parameters) -> Bound {
        to.text(&self.id.to_string())
    }

    fn changed(&self, _: &Made) -> Result<DeleteFound, sqlx::Error> {
        Ok(DeleteFound::Deleted)
    }

    fn bind_question(&self, to: &mut dyn Parameters) -> Bound {
        to.text(&self.id.to_string())
    }

    fn unchanged(&self, found: Option<&Row>) -> Result<DeleteFound, sqlx::Error> {
        let status = found.map(Row::text).transpose()?;
        Ok(status.map_or(DeleteFound::Missing, |status| DeleteFound::Unfinished { status }))
    }
}

impl DeleteFound {
    pub(crate) fn deleted(self, id: JobId) -> Result<Deleted, StoreError> {
        Ok(match self {
            Self::Deleted => Deleted::Deleted,
            Self::Unfinished { status } => Deleted::Unfinished(read_status(id, &status)?),
            Self::Missing => Deleted::Missing,
        })
    }
}

pub(crate) struct ForgetFinished {
    pub(crate) cutoff: Timestamp,
    pub(crate) most: usize,
}

impl Write for ForgetFinished {
    type Answer = Vec<String>;

    const STATEMENT: &'static str = "DELETE FROM jobs WHERE id IN (
             SELECT id FROM jobs WHERE finished_at < $1 ORDER BY finished_at LIMIT $2)
         RETURNING id";

    /// One at a time.
    fn about(&self) -> u128 {
        0
    }

    fn bind(&self, to: &mut dyn Parameters) -> Bound {
        to.number(self.cutoff.as_millis())?;
        to.number(i64::try_from(self.most).unwrap_or(i64::MAX))
    }

    fn changed(&self, made: &Made) -> Result<Vec<String>, sqlx::Error> {
        made.rows.iter().map(Row::text).collect()
    }

    fn unchanged(&self, _: Option<&Row>) -> Result<Vec<String>, sqlx::Error> {
        Ok(Vec::new())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locks_are_taken_in_an_order_that_no_release_of_the_compiler_changes() {
        assert_eq!(hash("account:ada", "key-1"), 0x0cf2_18fc_2599_5c75_1c99_b572_1fdd_0208);
        assert_ne!(hash("account:ada", "key-1"), hash("account:adak", "ey-1"));
    }
}
