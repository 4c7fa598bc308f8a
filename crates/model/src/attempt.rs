//! Attempt log: one record for each attempt at a job, for operators.
//!
//! It holds the worker, the timestamps and the faults of the platform. It never holds code, input or output.

use serde::{Deserialize, Serialize};

use crate::{JobId, LanguageId, PoolKind, Timestamp, WorkerName};

/// The log record of one attempt, written when it has ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttemptLog {
    /// The job.
    pub job: JobId,
    /// The number of the attempt, from 1.
    pub attempt: u32,
    /// The worker that ran it.
    pub worker: WorkerName,
    /// The pool in which it ran.
    pub pool: PoolKind,
    /// The language of the submission.
    pub language: LanguageId,
    /// The toolchain as it names itself; absent if the attempt ended before it was known.
    pub toolchain: Option<String>,
    /// Its end.
    pub end: AttemptEnd,
    /// The platform's own error, if there was one.
    pub error: Option<String>,
    /// The time of each step.
    #[serde(rename = "moments")]
    pub timestamps: AttemptTimestamps,
}

impl AttemptLog {
    /// The version of the stored form that this code writes. Readers refuse newer ones.
    pub const SCHEMA: u16 = 1;
}

/// The time of each step of an attempt. Absent where the step was not reached or does not apply: a grading leases a sandbox for
/// each test, and interpreted languages are not compiled.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttemptTimestamps {
    /// Its job was enqueued.
    pub queued: Option<Timestamp>,
    /// A worker claimed it.
    pub claimed: Option<Timestamp>,
    /// It got a sandbox.
    pub leased: Option<Timestamp>,
    /// The submission was compiled, or taken from the compile cache.
    pub compiled: Option<Timestamp>,
    /// The program, or the last of its tests, had ended.
    pub ran: Option<Timestamp>,
    /// Its end was stored.
    pub recorded: Option<Timestamp>,
}

/// The end of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AttemptEnd {
    /// The job has its result.
    Completed,
    /// The job was stopped on request.
    Cancelled,
    /// The job failed through a fault of the platform: a permanent one, or this was the last attempt.
    Failed,
    /// The attempt failed through a fault of the platform, and another one follows.
    #[serde(rename = "given_back")]
    Requeued,
    /// Its worker died, or was unreachable for too long.
    Lost,
    /// Its result came too late: a later attempt had begun, or the job had ended.
    Stale,
}

impl AttemptEnd {
    /// Its name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::Cancelled => "cancelled",
            Self::Failed => "failed",
            Self::Requeued => "given_back",
            Self::Lost => "lost",
            Self::Stale => "stale",
        }
    }
}
