//! What is remembered of each attempt at a job, for whoever runs the installation.
//!
//! It says who did what when, and what went wrong on our side. There is no place in it for code, input or output.

use serde::{Deserialize, Serialize};

use crate::{JobId, LanguageId, PoolKind, Timestamp, WorkerName};

/// One attempt, as it is logged when it has ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttemptLog {
    /// The job.
    pub job: JobId,
    /// Which attempt at it, from 1.
    pub attempt: u32,
    /// Who made it.
    pub worker: WorkerName,
    /// In which pool.
    pub pool: PoolKind,
    /// The language of the submission.
    pub language: LanguageId,
    /// The toolchain as it names itself, once that was known.
    pub toolchain: Option<String>,
    /// How it ended.
    pub end: AttemptEnd,
    /// What went wrong on our side, if anything did.
    pub error: Option<String>,
    /// When it came how far.
    pub moments: Moments,
}

impl AttemptLog {
    /// The version of the stored form that this code writes. Readers refuse newer ones.
    pub const SCHEMA: u16 = 1;
}

/// When an attempt came how far. What it did not come to, or what does not apply, is absent: a grading leases a sandbox for
/// each test, and what is not compiled was never compiled.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moments {
    /// Its job began to wait.
    pub queued: Option<Timestamp>,
    /// A worker claimed it.
    pub claimed: Option<Timestamp>,
    /// It had a sandbox.
    pub leased: Option<Timestamp>,
    /// The submission was compiled, or found compiled.
    pub compiled: Option<Timestamp>,
    /// The program, or the last of its tests, had ended.
    pub ran: Option<Timestamp>,
    /// Its end was recorded.
    pub recorded: Option<Timestamp>,
}

/// How an attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AttemptEnd {
    /// With the result of the job.
    Completed,
    /// With the job stopped on request.
    Cancelled,
    /// With the job failed through our fault: it was told so, or this was the last attempt.
    Failed,
    /// Through our fault, and another attempt is made.
    GivenBack,
    /// Its worker died, or was out of reach for too long.
    Lost,
    /// With a result that came too late: a later attempt had begun, or the job was over.
    Stale,
}

impl AttemptEnd {
    /// The end's name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::Cancelled => "cancelled",
            Self::Failed => "failed",
            Self::GivenBack => "given_back",
            Self::Lost => "lost",
            Self::Stale => "stale",
        }
    }
}
