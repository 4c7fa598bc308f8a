//! Deletes objects that no record lists.
//!
//! A worker writes objects before its record. One that is killed between the two leaves objects of an attempt that does not
//! count; and whoever forgets a record may be killed before its objects are gone. No order of deleting prevents both, so
//! somebody looks. Large code and input is written before its record, too, so what is younger than a submission may take is left.

use std::time::Duration;

use model::{Completion, JobId, Timestamp};
use store::Walk;

use crate::{Execution, reconcile::Trouble};

/// How many jobs are looked at in one sweep.
const JOBS: usize = 500;

/// For how long a job may have objects and no record yet. Clocks of several machines may differ a little.
const SUBMITTING: Duration = Duration::from_mins(10);

/// Where the sweeps have come to.
#[derive(Debug, Default)]
pub(crate) struct Sweeper(Walk);

impl Sweeper {
    /// Looks at the next jobs that have objects, and begins again when there are none.
    pub(crate) async fn sweep(&mut self, execution: &Execution) -> Result<(), Trouble> {
        for job in execution.objects.next_jobs(&mut self.0, JOBS).await? {
            tidy(execution, job).await?;
        }
        Ok(())
    }
}

/// Deletes what the job's record does not list. While the job can still end, everything may be listed yet.
async fn tidy(execution: &Execution, id: JobId) -> Result<(), Trouble> {
    let Some(progress) = execution.store.progress(id).await? else {
        if Timestamp::now().since(id.created_at()) < SUBMITTING {
            return Ok(());
        }
        tracing::info!(job = %id, "deleting the files of a job that is gone");
        return Ok(execution.objects.forget(id).await?);
    };
    if !progress.status.is_final() {
        return Ok(());
    }
    // Forgotten just now: the next sweep finds its files.
    let Some(record) = execution.store.record(id).await? else { return Ok(()) };
    let report = record.completion.as_ref().and_then(Completion::report);
    if report.is_none_or(|report| report.artifacts.kept.is_empty()) {
        if record.job.submission.large.is_empty() {
            return Ok(execution.objects.forget(id).await?);
        }
        return Ok(execution.objects.forget_attempts(id).await?);
    }
    Ok(execution.objects.keep_only(id, record.job.attempt).await?)
}
