//! Job record: the stored state and result of a job.

use serde::{Deserialize, Serialize};

use crate::{Artifacts, Grading, Job, Outcome, Timestamp, WorkerName};

/// The state of a job in its life cycle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum JobStatus {
    /// Accepted; no attempt runs.
    Queued,
    /// An attempt runs.
    Processing,
    /// The program was run, with any outcome.
    Completed,
    /// The platform failed or refused the job; never a verdict on the program.
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

    /// Whether the status is final.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Completed | Self::Failed | Self::Cancelled)
    }
}

/// The result of an attempt that ran the program.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// The toolchain as it names itself: `CPython 3.11.2`.
    pub toolchain: String,
    /// The compilation; absent for interpreted languages.
    pub compile: Option<Outcome>,
    /// The run; absent if the compilation failed or the job was cancelled before it.
    pub run: Option<Outcome>,
    /// The files of the run, if requested. Old stored reports have none.
    #[serde(default, skip_serializing_if = "Artifacts::is_empty")]
    pub artifacts: Artifacts,
    /// The complete grading with its hidden tests, for staff. Absent for plain runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grading: Option<Grading>,
}

/// A failure of the platform, never of the program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// A sentence for the submitter, without paths or internals.
    pub message: String,
}

impl Fault {
    /// The fault with this message.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into() }
    }
}

/// The final result of a job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Completion {
    /// The program was run.
    Completed(Report),
    /// The platform failed.
    Failed(Fault),
    /// The job was cancelled; with its partial report, if it had started.
    Cancelled(Option<Report>),
}

impl Completion {
    /// The final status of the job.
    pub const fn status(&self) -> JobStatus {
        match self {
            Self::Completed(_) => JobStatus::Completed,
            Self::Failed(_) => JobStatus::Failed,
            Self::Cancelled(_) => JobStatus::Cancelled,
        }
    }

    /// The report, if an attempt ran.
    pub const fn report(&self) -> Option<&Report> {
        match self {
            Self::Completed(report) | Self::Cancelled(Some(report)) => Some(report),
            Self::Failed(_) | Self::Cancelled(None) => None,
        }
    }
}

/// The record of a job in the store: the single source of truth about its state.
///
/// The store creates it as [`JobStatus::Queued`] before the job enters the broker's queue. A worker that claims the job begins an
/// attempt: the record becomes [`JobStatus::Processing`], and `job.attempt` is incremented. A completion ends it. The store accepts a
/// completion only from the latest attempt and only once, so that a worker whose lease expired cannot overwrite a newer result.
///
/// Broker and record may disagree after a crash. Then the record decides, and the reconciler in `execution` repairs the queue.
#[derive(Debug, Clone, PartialEq)]
pub struct JobRecord {
    /// The job; `job.attempt` is the number of the latest attempt.
    pub job: Job,
    /// Its state.
    pub status: JobStatus,
    /// The start of the latest attempt.
    pub started_at: Option<Timestamp>,
    /// The time at which the status became final.
    pub finished_at: Option<Timestamp>,
    /// The worker of the latest attempt.
    pub worker: Option<WorkerName>,
    /// The final result; present exactly when `status.is_final()`.
    pub completion: Option<Completion>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_without_artifacts_and_grading_keeps_its_old_stored_form() {
        let stored = r#"{"toolchain":"CPython 3.11.2","compile":null,"run":null}"#;
        let report: Report = serde_json::from_str(stored).expect("reads");
        assert!(report.artifacts.is_empty() && report.grading.is_none());
        assert_eq!(serde_json::to_string(&report).expect("serializes"), stored);
    }
}
