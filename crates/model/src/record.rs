//! What the store remembers of a job.

use serde::{Deserialize, Serialize};

use crate::{Artifacts, Grading, Job, Outcome, Timestamp, WorkerName};

/// Where a job is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum JobStatus {
    /// Accepted; no attempt runs.
    Queued,
    /// An attempt runs.
    Processing,
    /// The program was run, whatever came of it.
    Completed,
    /// We failed, or refused; never a verdict on the program.
    Failed,
    /// Stopped on request.
    Cancelled,
}

impl JobStatus {
    /// The status's name on the wire and in tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Processing => "processing",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether nothing will change any more.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Completed | Self::Failed | Self::Cancelled)
    }
}

/// What an attempt that ran the program has to say.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// The toolchain as it names itself: `CPython 3.11.2`.
    pub toolchain: String,
    /// How compiling went; absent for languages that are not compiled.
    pub compile: Option<Outcome>,
    /// How the run went; absent when compiling failed or the job was cancelled before it.
    pub run: Option<Outcome>,
    /// What the run left behind, if that was asked for. Reports of before there were artifacts have none.
    #[serde(default, skip_serializing_if = "Artifacts::is_empty")]
    pub artifacts: Artifacts,
    /// What came of judging it, hidden tests and all: for staff. Absent for plain runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grading: Option<Grading>,
}

/// Why a job failed: ours, never the program's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// A sentence for the submitter; no paths, no internals.
    pub message: String,
}

impl Fault {
    /// The fault described by `message`.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into() }
    }
}

/// How a job ended for good.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Completion {
    /// The program was run.
    Completed(Report),
    /// We failed.
    Failed(Fault),
    /// It was stopped on request; with what it had done by then, if it had started.
    Cancelled(Option<Report>),
}

impl Completion {
    /// The status that goes with it.
    pub const fn status(&self) -> JobStatus {
        match self {
            Self::Completed(_) => JobStatus::Completed,
            Self::Failed(_) => JobStatus::Failed,
            Self::Cancelled(_) => JobStatus::Cancelled,
        }
    }

    /// What the attempt reported, if it got that far.
    pub const fn report(&self) -> Option<&Report> {
        match self {
            Self::Completed(report) | Self::Cancelled(Some(report)) => Some(report),
            Self::Failed(_) | Self::Cancelled(None) => None,
        }
    }
}

/// The record of a job: the truth about it.
#[derive(Debug, Clone, PartialEq)]
pub struct JobRecord {
    /// The job; `job.attempt` is the latest attempt begun.
    pub job: Job,
    /// Where it is.
    pub status: JobStatus,
    /// When the latest attempt began.
    pub started_at: Option<Timestamp>,
    /// When it ended for good.
    pub finished_at: Option<Timestamp>,
    /// Which worker began the latest attempt.
    pub worker: Option<WorkerName>,
    /// How it ended; present exactly when `status.is_final()`.
    pub completion: Option<Completion>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_of_before_there_were_artifacts_and_gradings_reads_and_one_without_any_looks_like_it() {
        let stored = r#"{"toolchain":"CPython 3.11.2","compile":null,"run":null}"#;
        let report: Report = serde_json::from_str(stored).expect("reads");
        assert!(report.artifacts.is_empty() && report.grading.is_none());
        assert_eq!(serde_json::to_string(&report).expect("serializes"), stored);
    }
}
