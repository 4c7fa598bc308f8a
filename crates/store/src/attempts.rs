//! The log of attempts, beside the records: what an operator asks about a job that went a strange way.
//!
//! It is written with the completion, in the same group of writes, so it costs no flush of its own; and it is never what
//! decides anything.

use model::{AttemptEnd, AttemptLog, AttemptTimestamps, JobId, JobRecord, JobStatus, Timestamp, WorkerName};

use crate::{
    Store, StoreError,
    engine::{Bound, Made, Parameters, Row, from_row},
    stored::{damaged, refuse_newer},
    writer::Write,
};

impl Store {
    /// Writes what there is to say of an attempt, in place of what was said of it before.
    pub async fn log_attempt(&self, log: &AttemptLog) -> Result<(), StoreError> {
        self.writer.make(LogAttempt(Entry::of(log)?)).await
    }

    /// Notes that the attempt at which the record is was lost, unless that attempt is logged. Nothing is noted where no
    /// attempt is going on.
    pub async fn log_lost(&self, record: &JobRecord, now: Timestamp) -> Result<(), StoreError> {
        if record.status != JobStatus::Processing {
            return Ok(());
        }
        let moments = AttemptTimestamps {
            claimed: record.started_at,
            recorded: Some(now),
            ..AttemptTimestamps::default()
        };
        let log = AttemptLog {
            job: record.job.id,
            attempt: record.job.attempt,
            worker: record.worker.clone().unwrap_or_else(|| WorkerName::new("unknown")),
            pool: record.job.pool,
            language: record.job.submission.language.clone(),
            toolchain: None,
            end: AttemptEnd::Lost,
            error: None,
            timestamps: moments,
        };
        self.writer.make(NoteLost(Entry::of(&log)?)).await
    }

    /// What is logged of the attempts at a job, the first one first.
    pub async fn attempts(&self, job: JobId) -> Result<Vec<AttemptLog>, StoreError> {
        let question = "SELECT entry_schema, entry FROM attempts WHERE job = $1 ORDER BY attempt";
        let rows = self.readers.rows(question, |to| to.text(&job.to_string())).await?;
        rows.iter().map(|row| row.read::<EntryRow>().map_err(StoreError::Read)?.read(job)).collect()
    }

    /// Deletes up to `most` of what was logged before `cutoff`, oldest first. Returns how much that was.
    pub async fn forget_attempts_before(&self, cutoff: Timestamp, most: usize) -> Result<usize, StoreError> {
        self.writer.make(ForgetAttempts { cutoff, most }).await
    }
}

struct EntryRow {
    entry_schema: i64,
    entry: String,
}

from_row!(EntryRow { entry_schema, entry });

impl EntryRow {
    fn read(&self, job: JobId) -> Result<AttemptLog, StoreError> {
        refuse_newer(job, self.entry_schema, AttemptLog::SCHEMA)?;
        serde_json::from_str(&self.entry).map_err(damaged(job, "log of an attempt"))
    }
}

/// A log as it is in a row.
struct Entry {
    job: JobId,
    attempt: u32,
    recorded_at: Timestamp,
    text: String,
}

impl Entry {
    fn of(log: &AttemptLog) -> Result<Self, StoreError> {
        let text = serde_json::to_string(log).map_err(|source| StoreError::Encode { id: log.job, source })?;
        let recorded_at = log.timestamps.recorded.unwrap_or_else(Timestamp::now);
        Ok(Self { job: log.job, attempt: log.attempt, recorded_at, text })
    }

    fn about(&self) -> u128 {
        self.job.as_u128() ^ u128::from(self.attempt)
    }

    fn bind(&self, to: &mut dyn Parameters) -> Bound {
        to.text(&self.job.to_string())?;
        to.number(self.attempt.into())?;
        to.number(self.recorded_at.as_millis())?;
        to.number(AttemptLog::SCHEMA.into())?;
        to.text(&self.text)
    }
}

struct LogAttempt(Entry);

impl Write for LogAttempt {
    type Answer = ();

    const STATEMENT: &'static str = "INSERT INTO attempts (job, attempt, recorded_at, entry_schema, entry)
         VALUES ($1, $2, $3, $4, $5) ON CONFLICT (job, attempt) DO UPDATE SET
             recorded_at = excluded.recorded_at, entry_schema = excluded.entry_schema, entry = excluded.entry";

    fn about(&self) -> u128 {
        self.0.about()
    }

    fn bind(&self, to: &mut dyn Parameters) -> Bound {
        self.0.bind(to)
    }

    fn changed(&self, _: &Made) -> Result<(), sqlx::Error> {
        Ok(())
    }

    fn unchanged(&self, _: Option<&Row>) -> Result<(), sqlx::Error> {
        Ok(())
    }
}

struct NoteLost(Entry);

impl Write for NoteLost {
    type Answer = ();

    const STATEMENT: &'static str = "INSERT INTO attempts (job, attempt, recorded_at, entry_schema, entry)
         VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING";

    fn about(&self) -> u128 {
        self.0.about()
    }

    fn bind(&self, to: &mut dyn Parameters) -> Bound {
        self.0.bind(to)
    }

    fn changed(&self, _: &Made) -> Result<(), sqlx::Error> {
        Ok(())
    }

    fn unchanged(&self, _: Option<&Row>) -> Result<(), sqlx::Error> {
        Ok(())
    }
}

struct ForgetAttempts {
    cutoff: Timestamp,
    most: usize,
}

impl Write for ForgetAttempts {
    type Answer = usize;

    const STATEMENT: &'static str = "DELETE FROM attempts WHERE (job, attempt) IN (
             SELECT job, attempt FROM attempts WHERE recorded_at < $1 ORDER BY recorded_at LIMIT $2)
         RETURNING job";

    /// One at a time.
    fn about(&self) -> u128 {
        0
    }

    fn bind(&self, to: &mut dyn Parameters) -> Bound {
        to.number(self.cutoff.as_millis())?;
        to.number(i64::try_from(self.most).unwrap_or(i64::MAX))
    }

    fn changed(&self, made: &Made) -> Result<usize, sqlx::Error> {
        Ok(made.rows.len())
    }

    fn unchanged(&self, _: Option<&Row>) -> Result<usize, sqlx::Error> {
        Ok(0)
    }
}
