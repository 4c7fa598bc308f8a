//! Every write there is.
//!
//! Each is one fenced statement, followed, when that changed nothing, by a question why. The statement alone decides, so
//! two writers (on an engine that has two) cannot both succeed.

use async_trait::async_trait;
use model::{Job, JobId, JobStatus, Timestamp, WorkerName};
use sqlx::{
    Arguments as _, FromRow, Row as _, SqliteConnection, error::BoxDynError, query_as, query_scalar,
    sqlite::SqliteArguments,
};

use crate::{
    Begun, Cancelled, Completed, GivenBack, StoreError, Submitted,
    batch::Made,
    stored::{StoredCompletion, StoredJob, damaged, read_status},
    writer::Write,
};

pub(crate) struct Submit {
    id: String,
    principal: String,
    key: Option<String>,
    fingerprint: String,
    submitted_at: i64,
    stored: StoredJob,
}

/// What a submission met, as text.
pub(crate) enum SubmitFound {
    New,
    Same { id: String },
    Other,
}

impl Submit {
    pub(crate) fn of(job: &Job, fingerprint: &str) -> Result<Self, StoreError> {
        Ok(Self {
            id: job.id.to_string(),
            principal: job.principal.key(),
            key: job.idempotency_key.as_ref().map(|key| key.as_str().to_owned()),
            fingerprint: fingerprint.to_owned(),
            submitted_at: job.submitted_at.as_millis(),
            stored: StoredJob::of(job)?,
        })
    }
}

#[async_trait]
impl Write for Submit {
    type Answer = SubmitFound;

    const STATEMENT: &'static str =
        "INSERT INTO jobs (id, principal, idempotency_key, fingerprint, attempt, submitted_at, job_schema, job,
                           status, cancel_requested)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'queued', 0) ON CONFLICT DO NOTHING";

    fn bind(&self, to: &mut SqliteArguments) -> Result<(), BoxDynError> {
        to.add(&self.id)?;
        to.add(&self.principal)?;
        to.add(&self.key)?;
        to.add(&self.fingerprint)?;
        to.add(self.stored.attempt)?;
        to.add(self.submitted_at)?;
        to.add(self.stored.job_schema)?;
        to.add(&self.stored.job)
    }

    fn changed(&self, _: Made) -> Result<SubmitFound, sqlx::Error> {
        Ok(SubmitFound::New)
    }

    /// The key was used before, or the very same job was sent to us again.
    async fn unchanged(&self, db: &mut SqliteConnection) -> Result<SubmitFound, sqlx::Error> {
        let (id, fingerprint): (String, String) = query_as(
            "SELECT id, fingerprint FROM jobs WHERE (principal = $1 AND idempotency_key = $2) OR id = $3
             ORDER BY CASE WHEN id = $3 THEN 1 ELSE 0 END LIMIT 1",
        )
        .bind(&self.principal)
        .bind(&self.key)
        .bind(&self.id)
        .fetch_one(db)
        .await?;
        Ok(if fingerprint == self.fingerprint { SubmitFound::Same { id } } else { SubmitFound::Other })
    }
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
    Ended,
    Stale,
    Missing,
}

#[derive(FromRow)]
pub(crate) struct BegunRow {
    cancel_requested: i64,
    #[sqlx(flatten)]
    job: StoredJob,
}

#[async_trait]
impl Write for BeginAttempt {
    type Answer = BeginFound;

    const STATEMENT: &'static str =
        "UPDATE jobs SET status = 'processing', attempt = $2, worker = $3, started_at = $4
         WHERE id = $1 AND finished_at IS NULL AND attempt < $2
         RETURNING cancel_requested, attempt, job_schema, job";

    fn bind(&self, to: &mut SqliteArguments) -> Result<(), BoxDynError> {
        to.add(self.id.to_string())?;
        to.add(i64::from(self.attempt))?;
        to.add(self.worker.as_str())?;
        to.add(self.now.as_millis())
    }

    fn changed(&self, made: Made) -> Result<BeginFound, sqlx::Error> {
        Ok(BeginFound::Begun(BegunRow::from_row(made.row()?)?))
    }

    async fn unchanged(&self, db: &mut SqliteConnection) -> Result<BeginFound, sqlx::Error> {
        let ended: Option<bool> = query_scalar("SELECT finished_at IS NOT NULL FROM jobs WHERE id = $1")
            .bind(self.id.to_string())
            .fetch_optional(db)
            .await?;
        Ok(match ended {
            Some(true) => BeginFound::Ended,
            Some(false) => BeginFound::Stale,
            None => BeginFound::Missing,
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
            Self::Ended => Begun::Ended,
            Self::Stale => Begun::Stale,
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

#[async_trait]
impl Write for Complete {
    type Answer = Completed;

    const STATEMENT: &'static str =
        "UPDATE jobs SET status = $3, finished_at = $4, completion_schema = $5, completion = $6
         WHERE id = $1 AND status = 'processing' AND attempt = $2";

    fn bind(&self, to: &mut SqliteArguments) -> Result<(), BoxDynError> {
        to.add(self.id.to_string())?;
        to.add(i64::from(self.attempt))?;
        to.add(self.completion.status.as_str())?;
        to.add(self.now.as_millis())?;
        to.add(self.completion.schema)?;
        to.add(&self.completion.text)
    }

    fn changed(&self, _: Made) -> Result<Completed, sqlx::Error> {
        Ok(Completed::Recorded)
    }

    async fn unchanged(&self, _: &mut SqliteConnection) -> Result<Completed, sqlx::Error> {
        Ok(Completed::Stale)
    }
}

pub(crate) struct GiveBack {
    pub(crate) id: JobId,
    pub(crate) attempt: u32,
}

#[async_trait]
impl Write for GiveBack {
    type Answer = GivenBack;

    const STATEMENT: &'static str = "UPDATE jobs SET status = 'queued', started_at = NULL
         WHERE id = $1 AND status = 'processing' AND attempt = $2";

    fn bind(&self, to: &mut SqliteArguments) -> Result<(), BoxDynError> {
        to.add(self.id.to_string())?;
        to.add(i64::from(self.attempt))
    }

    fn changed(&self, _: Made) -> Result<GivenBack, sqlx::Error> {
        Ok(GivenBack::Requeued)
    }

    async fn unchanged(&self, _: &mut SqliteConnection) -> Result<GivenBack, sqlx::Error> {
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

#[async_trait]
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

    fn bind(&self, to: &mut SqliteArguments) -> Result<(), BoxDynError> {
        to.add(self.id.to_string())?;
        to.add(self.now.as_millis())?;
        to.add(self.completion.schema)?;
        to.add(&self.completion.text)
    }

    fn changed(&self, made: Made) -> Result<CancelFound, sqlx::Error> {
        Ok(CancelFound::Changed { status: made.row()?.try_get(0)? })
    }

    async fn unchanged(&self, db: &mut SqliteConnection) -> Result<CancelFound, sqlx::Error> {
        let status: Option<String> = query_scalar("SELECT status FROM jobs WHERE id = $1")
            .bind(self.id.to_string())
            .fetch_optional(db)
            .await?;
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

#[async_trait]
impl Write for FailUnfinished {
    type Answer = bool;

    const STATEMENT: &'static str =
        "UPDATE jobs SET status = $2, finished_at = $3, completion_schema = $4, completion = $5
         WHERE id = $1 AND finished_at IS NULL";

    fn bind(&self, to: &mut SqliteArguments) -> Result<(), BoxDynError> {
        to.add(self.id.to_string())?;
        to.add(self.completion.status.as_str())?;
        to.add(self.now.as_millis())?;
        to.add(self.completion.schema)?;
        to.add(&self.completion.text)
    }

    fn changed(&self, _: Made) -> Result<bool, sqlx::Error> {
        Ok(true)
    }

    async fn unchanged(&self, _: &mut SqliteConnection) -> Result<bool, sqlx::Error> {
        Ok(false)
    }
}

pub(crate) struct ForgetFinished {
    pub(crate) cutoff: Timestamp,
    pub(crate) most: usize,
}

#[async_trait]
impl Write for ForgetFinished {
    type Answer = Vec<String>;

    const STATEMENT: &'static str = "DELETE FROM jobs WHERE id IN (
             SELECT id FROM jobs WHERE finished_at < $1 ORDER BY finished_at LIMIT $2)
         RETURNING id";

    fn bind(&self, to: &mut SqliteArguments) -> Result<(), BoxDynError> {
        to.add(self.cutoff.as_millis())?;
        to.add(i64::try_from(self.most).unwrap_or(i64::MAX))
    }

    fn changed(&self, made: Made) -> Result<Vec<String>, sqlx::Error> {
        made.rows.iter().map(|row| row.try_get(0)).collect()
    }

    async fn unchanged(&self, _: &mut SqliteConnection) -> Result<Vec<String>, sqlx::Error> {
        Ok(Vec::new())
    }
}
