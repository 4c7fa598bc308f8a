//! Answers of the store to writes, and to reads that need no whole record.

use model::{Job, JobId, JobStatus, Principal, Timestamp};

/// What a submission became.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Submitted {
    /// A record of its own, queued and durable.
    New,
    /// It had been sent before: this is the job.
    Existing(JobId),
    /// The principal has used this idempotency key for something else.
    KeyReused,
}

/// Whether an attempt may run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Begun {
    /// The record is processing under this attempt: run the job.
    Run(Box<Job>),
    /// The record is processing under this attempt, but somebody asked to cancel: complete it as cancelled.
    CancelRequested(Box<Job>),
    /// The record is final: nothing is left to do but to settle.
    Ended,
    /// This or a later attempt has begun before.
    Stale,
    /// There is no such record.
    Missing,
}

/// Whether a completion counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Completed {
    /// The record is final with it.
    Recorded,
    /// The record is not processing under this attempt (any more); nothing changed.
    Stale,
}

/// Whether an attempt could be undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GivenBack {
    /// The record is queued again.
    Requeued,
    /// The record is not processing under this attempt (any more); nothing changed.
    Stale,
}

/// What a cancellation found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cancelled {
    /// No attempt ran; the record is cancelled for good.
    WasQueued,
    /// An attempt runs. The wish is recorded, also for the next attempt if this one is lost.
    Requested,
    /// It had ended before, like this.
    AlreadyFinal(JobStatus),
    /// There is no such record.
    Missing,
}

/// What a deletion found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deleted {
    /// The record had ended, and is gone.
    Deleted,
    /// The job has not ended, and its record stays.
    Unfinished(JobStatus),
    /// There is no such record.
    Missing,
}

/// How far a job has come, and whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// Who sent it.
    pub principal: Principal,
    /// Its status.
    pub status: JobStatus,
    /// How many attempts have begun.
    pub attempt: u32,
}

/// A job that has not ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unfinished {
    /// The job.
    pub id: JobId,
    /// How many attempts have begun.
    pub attempt: u32,
    /// When it was accepted.
    pub submitted_at: Timestamp,
}
