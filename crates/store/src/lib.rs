//! The records: what is true about every job.
//!
//! A job's record is committed before anybody is told that the job was accepted, and its end is written once, by the
//! attempt that holds it. Everything else (the queue, events, caches) can be lost and rebuilt from here. The store does
//! not queue, retry or decide; it answers what it found and leaves the rest to the caller.
//!
//! Records are in a SQLite of this process or in a PostgreSQL that many processes share; [`Store`] is the same for both.
//!
//! Reads are not cached. A record that is not final may change at any moment, and one that is final is asked for about once
//! more: whoever waited for it goes away with it. What is read again and again, the suites of problems, never changes, and
//! the worker's shelf keeps it.
//!
//! Invariants: a record that is final never changes; attempt numbers in a record only grow; an answer to a write means
//! that the write survives a power loss.

mod answers;
mod attempts;
mod contents;
mod engine;
mod error;
mod large;
mod lock;
mod migrations;
mod numbers;
mod objects;
mod private;
mod reads;
mod stored;
mod webhooks;
mod writer;
mod writes;

use std::{fs::OpenOptions, os::unix::fs::OpenOptionsExt as _, path::Path, sync::Arc};

use model::{Completion, Fault, IdempotencyKey, Job, JobId, JobRecord, Principal, Timestamp, WorkerName};

pub use answers::{Begun, Cancelled, Completed, Deleted, GivenBack, Progress, Submitted, Unfinished};
pub use contents::{ContentKey, Contents};
pub use engine::postgres::PostgresSettings;
pub use error::StoreError;
pub use lock::DataLock;
pub use numbers::{Numbered, PackageName};
pub use objects::{Object, ObjectKey, Objects, ObjectsError, Walk};
pub use webhooks::DueWebhook;

use engine::{Engine, Readers, postgres, sqlite};
use stored::{StoredCompletion, damaged};
use writer::Writer;

/// The records of one installation. A handle: cloning it is cheap and gives the same store.
#[derive(Clone)]
pub struct Store {
    writer: Writer,
    readers: Readers,
}

impl Store {
    /// Opens `records.db` in this folder (both made if missing) and brings its tables up to date. The caller holds the
    /// folder's [`DataLock`].
    pub async fn open(dir: &Path) -> Result<Self, StoreError> {
        let file = dir.join("records.db");
        // Before SQLite does it, whose error would not say what is wrong with the folder.
        private::folder(dir)?;
        let made = OpenOptions::new().create(true).append(true).mode(0o600).open(&file);
        made.map_err(|source| StoreError::Folder { dir: dir.to_owned(), source })?;
        // Those beside it are made with its rights.
        private::entries(dir, &["records.db", "records.db-wal", "records.db-shm"]);
        let (writing, readers) = sqlite::open(&file).await?;
        let writing: Box<dyn Engine> = Box::new(writing);
        Ok(Self { writer: Writer::start([writing]), readers: Readers::Sqlite(readers) })
    }

    /// Connects to the records in a PostgreSQL, which other processes may use at the same time, and brings their tables up to
    /// date. The address is `postgres://user:password@host:5432/database`, with `?sslmode=verify-full` and
    /// `&sslrootcert=` for a server that is not on this machine. While the server is away, everything answers
    /// [`StoreError::Unavailable`]; when it is back, everything works again.
    pub async fn connect(url: &str, settings: PostgresSettings) -> Result<Self, StoreError> {
        let (writing, readers) = postgres::connect(url, settings).await?;
        let writing = writing.into_iter().map(|writing| Box::new(writing) as Box<dyn Engine>);
        Ok(Self { writer: Writer::start(writing), readers: Readers::Postgres(Arc::new(readers)) })
    }

    /// Writes what waits and closes the files or connections. Other handles answer [`StoreError::Closed`] from then on.
    pub async fn close(self) {
        self.readers.close().await;
        self.writer.close().await;
    }

    /// Records a job as queued. With an idempotency key that its principal has used before, nothing is written: the
    /// answer is the earlier job if that had the same fingerprint, and [`Submitted::KeyReused`] otherwise. A key lives as
    /// long as its record.
    pub async fn submit(&self, job: &Job, fingerprint: &str) -> Result<Submitted, StoreError> {
        self.writer.make(writes::Submit::of(job, fingerprint)?).await?.submitted(job.id)
    }

    /// What [`Store::submit`] would find of a job that was sent before with this key; none if there is none. For those who want to
    /// know it before there is room for a new one.
    pub async fn sent_before(
        &self,
        principal: &Principal,
        key: &IdempotencyKey,
        fingerprint: &str,
    ) -> Result<Option<Submitted>, StoreError> {
        reads::sent_before(&self.readers, (principal, key), fingerprint).await
    }

    /// The record of a job.
    pub async fn record(&self, id: JobId) -> Result<Option<JobRecord>, StoreError> {
        reads::record(&self.readers, id).await
    }

    /// How far a job has come: what to ask again and again, since none of its code or output is read.
    pub async fn progress(&self, id: JobId) -> Result<Option<Progress>, StoreError> {
        reads::progress(&self.readers, id).await
    }

    /// Marks the record as processing under this attempt and returns the job, unless the record is final or has seen this
    /// attempt or a later one.
    pub async fn begin_attempt(
        &self,
        id: JobId,
        attempt: u32,
        worker: &WorkerName,
        now: Timestamp,
    ) -> Result<Begun, StoreError> {
        self.writer.make(writes::BeginAttempt { id, attempt, worker: worker.clone(), now }).await?.begun(id)
    }

    /// The job, if its record is processing under this very attempt of this worker, begun at this very moment: what to ask when
    /// [`Store::begin_attempt`] was answered with [`StoreError::Unavailable`] and, asked again, found the attempt stale.
    pub async fn begun_attempt(
        &self,
        id: JobId,
        attempt: u32,
        worker: &WorkerName,
        at: Timestamp,
    ) -> Result<Begun, StoreError> {
        reads::begun(&self.readers, id, (attempt, worker, at)).await
    }

    /// Whether the job's record was ended by this very attempt, at this very moment: what to ask when [`Store::complete`] was
    /// answered with [`StoreError::Unavailable`] and, asked again, found the attempt stale.
    pub async fn is_completed(&self, id: JobId, attempt: u32, at: Timestamp) -> Result<bool, StoreError> {
        reads::is_completed(&self.readers, id, attempt, at).await
    }

    /// Ends the job for good, if its record is processing under this very attempt.
    pub async fn complete(
        &self,
        id: JobId,
        attempt: u32,
        completion: &Completion,
        now: Timestamp,
    ) -> Result<Completed, StoreError> {
        let completion = StoredCompletion::of(id, completion)?;
        self.writer.make(writes::Complete { id, attempt, completion, now }).await
    }

    /// Makes the record queued again after an attempt that was given up, if it is processing under this very attempt.
    pub async fn give_back(&self, id: JobId, attempt: u32) -> Result<GivenBack, StoreError> {
        self.writer.make(writes::GiveBack { id, attempt }).await
    }

    /// Ends a queued job as cancelled, or records for a processing one that it is to stop.
    pub async fn cancel(&self, id: JobId, now: Timestamp) -> Result<Cancelled, StoreError> {
        let completion = StoredCompletion::of(id, &Completion::Cancelled(None))?;
        self.writer.make(writes::Cancel { id, completion, now }).await?.cancelled(id)
    }

    /// Ends a job that the queue has given up on as failed, whichever attempt it is at. Returns whether it was unfinished.
    pub async fn fail_unfinished(
        &self,
        id: JobId,
        fault: &Fault,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let completion = StoredCompletion::of(id, &Completion::Failed(fault.clone()))?;
        self.writer.make(writes::FailUnfinished { id, completion, now }).await
    }

    /// Up to `most` queued and processing jobs in the order of their ids, beginning after `after`: what the queue is
    /// compared with. None of their code is read.
    pub async fn unfinished(&self, after: Option<JobId>, most: usize) -> Result<Vec<Unfinished>, StoreError> {
        reads::unfinished(&self.readers, after, most).await
    }

    /// Deletes the record of a job that has ended, and its idempotency key with it.
    pub async fn delete_finished(&self, id: JobId) -> Result<Deleted, StoreError> {
        self.writer.make(writes::DeleteFinished { id }).await?.deleted(id)
    }

    /// Deletes up to `most` of the records that ended before `cutoff`, oldest first, and their idempotency keys with them.
    /// Returns whose they were.
    pub async fn forget_finished_before(
        &self,
        cutoff: Timestamp,
        most: usize,
    ) -> Result<Vec<JobId>, StoreError> {
        let ids = self.writer.make(writes::ForgetFinished { cutoff, most }).await?;
        // An id that does not parse has no id to report it by.
        let read = |id: String| id.parse().map_err(|error| damaged(JobId::from_u128(0), "id")(error));
        ids.into_iter().map(read).collect()
    }

    /// Whether records can be read and the writer lives.
    pub async fn ping(&self) -> Result<(), StoreError> {
        if self.writer.is_closed() {
            return Err(StoreError::Closed);
        }
        reads::ping(&self.readers).await
    }
}
