//! Store: the records of an installation, on SQLite or PostgreSQL, with one method per operation.

use std::{fs::OpenOptions, os::unix::fs::OpenOptionsExt as _, path::Path, sync::Arc};

use model::{Completion, Fault, IdempotencyKey, Job, JobId, JobRecord, Principal, Timestamp, WorkerName};

use crate::{
    codec::{StoredCompletion, decode_error},
    engine::{
        Engine, ReaderPool,
        postgres::{self, PostgresSettings},
        sqlite,
    },
    error::StoreError,
    outcomes::{
        BeginOutcome, CompleteOutcome, DeleteOutcome, JobProgress, RecordCancelOutcome, RequeueOutcome,
        SubmitOutcome, UnfinishedJob,
    },
    permissions, reads,
    writer::Writer,
    writes,
};

/// The records of one installation. A handle: clones are cheap and share the store.
///
/// A record moves from queued to processing ([`Store::begin_attempt`]) to an end ([`Store::complete`],
/// [`Store::cancel`], [`Store::fail_unfinished`]), or back to queued ([`Store::requeue`]). Each write is one
/// SQL statement that checks its own precondition (a fence): for example, a completion changes only a record
/// that is processing under the same attempt. Concurrent writers therefore need no locks, and repeating a write
/// is safe. If a statement changed nothing, a follow-up query in the same transaction finds the reason.
///
/// Writes of all callers go to writer tasks (see `writer.rs`), which commit many writes in one transaction, so
/// that they share one flush of the disk. A write returns after the commit. Reads use connections of their own
/// and never wait for writes.
///
/// [`StoreError::is_transient`] tells whether an operation may succeed later. After [`StoreError::Unavailable`]
/// a write may or may not have been committed; [`Store::confirm_attempt`] and [`Store::is_completed`] find out.
#[derive(Clone)]
pub struct Store {
    pub(crate) writer: Writer,
    pub(crate) readers: ReaderPool,
}

impl Store {
    /// Opens `records.db` in this folder (creates both if missing) and migrates its tables. The caller holds
    /// the folder's [`DataLock`](crate::DataLock).
    pub async fn open(dir: &Path) -> Result<Self, StoreError> {
        let file = dir.join("records.db");
        // Before SQLite does it: its error would not explain the problem with the folder.
        permissions::secure_folder(dir)?;
        let made = OpenOptions::new().create(true).append(true).mode(0o600).open(&file);
        made.map_err(|source| StoreError::Folder { dir: dir.to_owned(), source })?;
        // SQLite creates the files beside it with the same permissions.
        permissions::secure_entries(dir, &["records.db", "records.db-wal", "records.db-shm"]);
        let (writer, readers) = sqlite::open(&file).await?;
        let writer: Box<dyn Engine> = Box::new(writer);
        Ok(Self { writer: Writer::start([writer]), readers: ReaderPool::Sqlite(readers) })
    }

    /// Connects to records in a PostgreSQL, which other processes may use at the same time, and migrates their
    /// tables. The address is `postgres://user:password@host:5432/database`, with `?sslmode=verify-full` and
    /// `&sslrootcert=` for a server on another machine. While the server is down, every operation fails with
    /// [`StoreError::Unavailable`]; it recovers with the server.
    pub async fn connect(url: &str, settings: PostgresSettings) -> Result<Self, StoreError> {
        let (writers, readers) = postgres::connect(url, settings).await?;
        let writers = writers.into_iter().map(|writer| Box::new(writer) as Box<dyn Engine>);
        Ok(Self { writer: Writer::start(writers), readers: ReaderPool::Postgres(Arc::new(readers)) })
    }

    /// Completes queued writes and closes the files or connections. Other handles fail with
    /// [`StoreError::Closed`] from then on.
    pub async fn close(self) {
        self.readers.close().await;
        self.writer.close().await;
    }

    /// Records a job as queued. If its principal has used its idempotency key before, nothing is written: the
    /// result is the earlier job if it had the same fingerprint, and [`SubmitOutcome::KeyReused`] otherwise. A
    /// key lives as long as its record.
    pub async fn submit(&self, job: &Job, fingerprint: &str) -> Result<SubmitOutcome, StoreError> {
        self.writer.write(writes::Submit::new(job, fingerprint)?).await?.into_outcome(job.id)
    }

    /// The result that [`Store::submit`] would have for an earlier job with this key, or `None`. For callers
    /// that need it before they admit a new job.
    pub async fn find_by_idempotency_key(
        &self,
        principal: &Principal,
        key: &IdempotencyKey,
        fingerprint: &str,
    ) -> Result<Option<SubmitOutcome>, StoreError> {
        reads::find_by_idempotency_key(&self.readers, (principal, key), fingerprint).await
    }

    /// The record of a job.
    pub async fn record(&self, id: JobId) -> Result<Option<JobRecord>, StoreError> {
        reads::record(&self.readers, id).await
    }

    /// Progress of a job, for polling: reads neither code nor output.
    pub async fn progress(&self, id: JobId) -> Result<Option<JobProgress>, StoreError> {
        reads::progress(&self.readers, id).await
    }

    /// Marks the record as processing under this attempt and returns the job, unless the record is final or has
    /// seen this attempt or a later one.
    pub async fn begin_attempt(
        &self,
        id: JobId,
        attempt: u32,
        worker: &WorkerName,
        now: Timestamp,
    ) -> Result<BeginOutcome, StoreError> {
        self.writer
            .write(writes::BeginAttempt { id, attempt, worker: worker.clone(), now })
            .await?
            .into_outcome(id)
    }

    /// The job, if its record is processing under this attempt of this worker, begun at this time. For callers
    /// whose [`Store::begin_attempt`] failed with [`StoreError::Unavailable`] and, when repeated, found the
    /// attempt stale.
    pub async fn confirm_attempt(
        &self,
        id: JobId,
        attempt: u32,
        worker: &WorkerName,
        at: Timestamp,
    ) -> Result<BeginOutcome, StoreError> {
        reads::confirm_attempt(&self.readers, id, (attempt, worker, at)).await
    }

    /// Whether the record was completed by this attempt at this time. For callers whose [`Store::complete`]
    /// failed with [`StoreError::Unavailable`] and, when repeated, found the attempt stale.
    pub async fn is_completed(&self, id: JobId, attempt: u32, at: Timestamp) -> Result<bool, StoreError> {
        reads::is_completed(&self.readers, id, attempt, at).await
    }

    /// Completes the job, if its record is processing under this attempt.
    pub async fn complete(
        &self,
        id: JobId,
        attempt: u32,
        completion: &Completion,
        now: Timestamp,
    ) -> Result<CompleteOutcome, StoreError> {
        let completion = StoredCompletion::encode(id, completion)?;
        self.writer.write(writes::Complete { id, attempt, completion, now }).await
    }

    /// Returns the record to queued after an abandoned attempt, if it is processing under this attempt.
    pub async fn requeue(&self, id: JobId, attempt: u32) -> Result<RequeueOutcome, StoreError> {
        self.writer.write(writes::Requeue { id, attempt }).await
    }

    /// Cancels a queued job, or records a cancellation request for a processing one.
    pub async fn cancel(&self, id: JobId, now: Timestamp) -> Result<RecordCancelOutcome, StoreError> {
        let completion = StoredCompletion::encode(id, &Completion::Cancelled(None))?;
        self.writer.write(writes::Cancel { id, completion, now }).await?.into_outcome(id)
    }

    /// Completes a dead letter as failed, whatever its attempt. Returns whether it was unfinished.
    pub async fn fail_unfinished(
        &self,
        id: JobId,
        fault: &Fault,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let completion = StoredCompletion::encode(id, &Completion::Failed(fault.clone()))?;
        self.writer.write(writes::FailUnfinished { id, completion, now }).await
    }

    /// Up to `max` queued and processing jobs in the order of their ids, after `after`, for comparison with the
    /// queue. Reads no code.
    pub async fn unfinished(
        &self,
        after: Option<JobId>,
        max: usize,
    ) -> Result<Vec<UnfinishedJob>, StoreError> {
        reads::unfinished(&self.readers, after, max).await
    }

    /// Deletes the record of an ended job together with its idempotency key.
    pub async fn delete_finished(&self, id: JobId) -> Result<DeleteOutcome, StoreError> {
        self.writer.write(writes::DeleteFinished { id }).await?.into_outcome(id)
    }

    /// Deletes up to `max` records that ended before `cutoff`, oldest first, together with their idempotency
    /// keys. Returns the ids of their jobs.
    pub async fn delete_finished_before(
        &self,
        cutoff: Timestamp,
        max: usize,
    ) -> Result<Vec<JobId>, StoreError> {
        let ids = self.writer.write(writes::DeleteFinishedBefore { cutoff, max }).await?;
        // An id that cannot be parsed cannot be reported.
        let read = |id: String| id.parse().map_err(|error| decode_error(JobId::from_u128(0), "id")(error));
        ids.into_iter().map(read).collect()
    }

    /// Checks that records can be read and that the writer is running.
    pub async fn ping(&self) -> Result<(), StoreError> {
        if self.writer.is_closed() {
            return Err(StoreError::Closed);
        }
        reads::ping(&self.readers).await
    }
}
