//! Outcomes of writes, and results of reads that need no whole record.

use model::{Job, JobId, JobStatus, Principal, Timestamp};

/// Outcome of a submission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SubmitOutcome {
    /// A new record, queued and durable.
    New,
    /// The job was submitted before.
    Existing(JobId),
    /// The principal has used this idempotency key for another job.
    KeyReused,
}

/// Outcome of beginning an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BeginOutcome {
    /// The record is processing under this attempt: run the job.
    Run(Box<Job>),
    /// The record is processing under this attempt, but a cancellation was requested: complete it as cancelled.
    CancelRequested(Box<Job>),
    /// The record is final; only the ticket is left to settle.
    Ended,
    /// This attempt or a later one has begun before.
    Stale,
    /// There is no such record.
    Missing,
}

/// Outcome of a completion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CompleteOutcome {
    /// The record is final.
    Recorded,
    /// The record is not processing under this attempt (any more); nothing changed.
    Stale,
}

/// Outcome of requeueing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequeueOutcome {
    /// The record is queued again.
    Requeued,
    /// The record is not processing under this attempt (any more); nothing changed.
    Stale,
}

/// Outcome of a cancellation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordCancelOutcome {
    /// No attempt was running; the record is cancelled.
    WasQueued,
    /// An attempt is running. The request is recorded, also for the next attempt if this one is lost.
    Requested,
    /// The job had ended before, with this status.
    AlreadyFinal(JobStatus),
    /// There is no such record.
    Missing,
}

/// Outcome of a deletion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeleteOutcome {
    /// The record was final and has been deleted.
    Deleted,
    /// The job has not ended; its record is kept.
    Unfinished(JobStatus),
    /// There is no such record.
    Missing,
}

/// Progress of a job, with its principal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobProgress {
    /// The principal that submitted it.
    pub principal: Principal,
    /// Its status.
    pub status: JobStatus,
    /// Number of attempts begun.
    pub attempt: u32,
    /// Whether it is a live session.
    pub is_session: bool,
}

/// A job that has not ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnfinishedJob {
    /// The job.
    pub id: JobId,
    /// Number of attempts begun.
    pub attempt: u32,
    /// Time of submission.
    pub submitted_at: Timestamp,
}
