//! Large code and input of a submission: stored as objects of its job before the record that refers to them.

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use model::Job;

use crate::{ApiError, Execution};

/// Concurrent writes for one job.
const CONCURRENT_WRITES: usize = 8;

/// Moves content that is too large for the record to objects, and leaves their digests in the job.
pub(crate) async fn store_large(execution: &Execution, job: &mut Job) -> Result<(), ApiError> {
    let large = job.submission.extract_large(execution.settings().submissions.max_inline);
    job.schema = Job::schema_of(&job.submission);
    let id = job.id;
    let writes = large.into_iter().map(|(large, content)| async move {
        execution.objects().put_large(id, &large, content.into_bytes()).await
    });
    if let Err(error) = stream::iter(writes).buffer_unordered(CONCURRENT_WRITES).try_collect::<()>().await {
        delete_large(execution, job).await;
        return Err(error.into());
    }
    Ok(())
}

/// Deletes the objects of a job that got no record.
pub(crate) async fn delete_large(execution: &Execution, job: &Job) {
    if job.submission.large.is_empty() {
        return;
    }
    if let Err(error) = execution.objects().delete_job(job.id).await {
        tracing::warn!(job = %job.id, %error, "code of a job that was not taken stays until the next sweep");
    }
}
