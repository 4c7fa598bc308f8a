//! Object sweep: deletes objects that no record lists, a few jobs at a time.
//!
//! Objects are written before their record and deleted after it, so a process that is killed in between leaves orphans. No order
//! of writing and deleting prevents both. Large code and input is written before its record, too, so objects of a job that is
//! younger than a submission may take are kept.

use std::time::Duration;

use model::{Completion, JobId, Timestamp};
use store::JobScan;

use crate::{Execution, reconciliation::error::ReconcileError};

/// Jobs with objects that one sweep checks.
const JOBS_PER_SWEEP: usize = 500;

/// Minimum age of a job without a record whose objects are deleted. Clocks of several machines may differ a little.
const MIN_ORPHAN_AGE: Duration = Duration::from_mins(10);

/// The sweep and its position.
#[derive(Debug, Default)]
pub(crate) struct ObjectSweeper(JobScan);

impl ObjectSweeper {
    /// Checks the next jobs that have objects, and starts over after the last.
    pub(crate) async fn sweep(&mut self, execution: &Execution) -> Result<(), ReconcileError> {
        for job in execution.objects().next_jobs(&mut self.0, JOBS_PER_SWEEP).await? {
            sweep_job(execution, job).await?;
        }
        Ok(())
    }
}

/// Deletes the objects of a job that its record does not list. An unfinished job is skipped: its attempt may still list them.
async fn sweep_job(execution: &Execution, id: JobId) -> Result<(), ReconcileError> {
    let Some(progress) = execution.store().progress(id).await? else {
        if Timestamp::now().since(id.created_at()) < MIN_ORPHAN_AGE {
            return Ok(());
        }
        tracing::info!(job = %id, "deleting the files of a job that is gone");
        return Ok(execution.objects().delete_job(id).await?);
    };
    if !progress.status.is_final() {
        return Ok(());
    }
    // Deleted in the meantime: the next sweep finds its objects.
    let Some(record) = execution.store().record(id).await? else { return Ok(()) };
    let report = record.completion.as_ref().and_then(Completion::report);
    if report.is_none_or(|report| report.artifacts.kept.is_empty()) {
        if record.job.submission.large.is_empty() {
            return Ok(execution.objects().delete_job(id).await?);
        }
        return Ok(execution.objects().delete_attempts(id).await?);
    }
    Ok(execution.objects().delete_other_attempts(id, record.job.attempt).await?)
}
