//! Attempt log: one entry per attempt, beside the records, for operators.
//!
//! It is written together with the completion, in the same group commit, so it costs no flush of its own. No
//! decision depends on it.

use model::{AttemptEnd, AttemptLog, AttemptTimestamps, JobId, JobRecord, JobStatus, Timestamp, WorkerName};

use crate::{
    codec::{decode_error, reject_newer},
    engine::{BindResult, Parameters, Row, StatementResult, from_row},
    error::StoreError,
    store::Store,
    writer::Write,
};

impl Store {
    /// Writes the log of an attempt; replaces an earlier one.
    pub async fn log_attempt(&self, log: &AttemptLog) -> Result<(), StoreError> {
        self.writer.write(LogAttempt(LogEntry::encode(log)?)).await
    }

    /// Logs the record's current attempt as lost, unless that attempt is logged. Does nothing if the record is
    /// not processing.
    pub async fn log_lost_attempt(&self, record: &JobRecord, now: Timestamp) -> Result<(), StoreError> {
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
        self.writer.write(LogLostAttempt(LogEntry::encode(&log)?)).await
    }

    /// The logs of a job's attempts, in order.
    pub async fn attempt_logs(&self, job: JobId) -> Result<Vec<AttemptLog>, StoreError> {
        let statement = "SELECT entry_schema, entry FROM attempts WHERE job = $1 ORDER BY attempt";
        let rows = self.readers.rows(statement, |to| to.text(&job.to_string())).await?;
        rows.iter().map(|row| row.read::<LogEntryRow>().map_err(StoreError::Read)?.decode(job)).collect()
    }

    /// Deletes up to `max` logs from before `cutoff`, oldest first. Returns their number.
    pub async fn delete_attempt_logs_before(
        &self,
        cutoff: Timestamp,
        max: usize,
    ) -> Result<usize, StoreError> {
        self.writer.write(DeleteAttemptLogs { cutoff, max }).await
    }
}

struct LogEntryRow {
    entry_schema: i64,
    entry: String,
}

from_row!(LogEntryRow { entry_schema, entry });

impl LogEntryRow {
    fn decode(&self, job: JobId) -> Result<AttemptLog, StoreError> {
        reject_newer(job, self.entry_schema, AttemptLog::SCHEMA)?;
        serde_json::from_str(&self.entry).map_err(decode_error(job, "log of an attempt"))
    }
}

/// A log as stored.
struct LogEntry {
    job: JobId,
    attempt: u32,
    recorded_at: Timestamp,
    text: String,
}

impl LogEntry {
    fn encode(log: &AttemptLog) -> Result<Self, StoreError> {
        let text = serde_json::to_string(log).map_err(|source| StoreError::Encode { id: log.job, source })?;
        let recorded_at = log.timestamps.recorded.unwrap_or_else(Timestamp::now);
        Ok(Self { job: log.job, attempt: log.attempt, recorded_at, text })
    }

    fn conflict_key(&self) -> u128 {
        self.job.as_u128() ^ u128::from(self.attempt)
    }

    fn bind(&self, to: &mut dyn Parameters) -> BindResult {
        to.text(&self.job.to_string())?;
        to.number(self.attempt.into())?;
        to.number(self.recorded_at.as_millis())?;
        to.number(AttemptLog::SCHEMA.into())?;
        to.text(&self.text)
    }
}

struct LogAttempt(LogEntry);

impl Write for LogAttempt {
    type Output = ();

    const STATEMENT: &'static str = "INSERT INTO attempts (job, attempt, recorded_at, entry_schema, entry)
         VALUES ($1, $2, $3, $4, $5) ON CONFLICT (job, attempt) DO UPDATE SET
             recorded_at = excluded.recorded_at, entry_schema = excluded.entry_schema, entry = excluded.entry";

    fn conflict_key(&self) -> u128 {
        self.0.conflict_key()
    }

    fn bind(&self, to: &mut dyn Parameters) -> BindResult {
        self.0.bind(to)
    }

    fn on_changed(&self, _: &StatementResult) -> Result<(), sqlx::Error> {
        Ok(())
    }

    fn on_unchanged(&self, _: Option<&Row>) -> Result<(), sqlx::Error> {
        Ok(())
    }
}

struct LogLostAttempt(LogEntry);

impl Write for LogLostAttempt {
    type Output = ();

    const STATEMENT: &'static str = "INSERT INTO attempts (job, attempt, recorded_at, entry_schema, entry)
         VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING";

    fn conflict_key(&self) -> u128 {
        self.0.conflict_key()
    }

    fn bind(&self, to: &mut dyn Parameters) -> BindResult {
        self.0.bind(to)
    }

    fn on_changed(&self, _: &StatementResult) -> Result<(), sqlx::Error> {
        Ok(())
    }

    fn on_unchanged(&self, _: Option<&Row>) -> Result<(), sqlx::Error> {
        Ok(())
    }
}

struct DeleteAttemptLogs {
    cutoff: Timestamp,
    max: usize,
}

impl Write for DeleteAttemptLogs {
    type Output = usize;

    const STATEMENT: &'static str = "DELETE FROM attempts WHERE (job, attempt) IN (
             SELECT job, attempt FROM attempts WHERE recorded_at < $1 ORDER BY recorded_at LIMIT $2)
         RETURNING job";

    /// All conflict with each other.
    fn conflict_key(&self) -> u128 {
        0
    }

    fn bind(&self, to: &mut dyn Parameters) -> BindResult {
        to.number(self.cutoff.as_millis())?;
        to.number(i64::try_from(self.max).unwrap_or(i64::MAX))
    }

    fn on_changed(&self, result: &StatementResult) -> Result<usize, sqlx::Error> {
        Ok(result.rows.len())
    }

    fn on_unchanged(&self, _: Option<&Row>) -> Result<usize, sqlx::Error> {
        Ok(0)
    }
}
