//! Artifact storage: the files of one attempt, stored under the keys that its record lists.
//!
//! They are written before the record. An attempt that gets no further leaves objects that no record lists; a later
//! attempt deletes them once it has its own record, and whoever reconciles deletes what is left then.

use broker::Attempt;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use store::{ObjectKey, Objects, ObjectsError};

/// Objects of one attempt that are written at a time.
const MAX_CONCURRENT_WRITES: usize = 8;

/// Stores the files, each under its index.
pub(crate) async fn store_files(
    objects: &Objects,
    attempt: &Attempt,
    files: Vec<Vec<u8>>,
) -> Result<(), ObjectsError> {
    let (job, number) = (attempt.job, attempt.number);
    metrics::counter!("coderunner_artifacts_total").increment(files.len() as u64);
    let writes = files
        .into_iter()
        .enumerate()
        .map(|(index, bytes)| objects.put(ObjectKey { job, attempt: number, index }, bytes));
    stream::iter(writes).buffer_unordered(MAX_CONCURRENT_WRITES).try_collect().await
}

/// Deletes what earlier attempts have left, now that this one is recorded.
pub(crate) async fn delete_earlier(objects: &Objects, attempt: &Attempt) {
    if attempt.number > 1
        && let Err(error) = objects.delete_other_attempts(attempt.job, attempt.number).await
    {
        tracing::warn!(job = %attempt.job, %error, "files of an earlier attempt stay until the next sweep");
    }
}

#[cfg(test)]
mod tests {
    use model::{JobId, WorkerName};

    use super::*;

    #[tokio::test]
    async fn of_several_attempts_only_the_recorded_one_has_files_left() {
        let folder = tempfile::tempdir().expect("a folder");
        let objects = Objects::open_folder(folder.path()).expect("opens");
        let job = JobId::from_u128(7);
        let attempt = |number| Attempt { job, number, worker: WorkerName::new("ada") };
        let is_there = async |attempt, index| {
            objects.get(ObjectKey { job, attempt, index }).await.expect("is looked for").is_some()
        };
        for (number, files) in [(1, 3), (2, 12)] {
            store_files(&objects, &attempt(number), vec![vec![b'x']; files]).await.expect("is kept");
        }
        delete_earlier(&objects, &attempt(2)).await;
        assert!(!is_there(1, 0).await);
        assert!(is_there(2, 0).await && is_there(2, 11).await && !is_there(2, 12).await);
    }
}
