//! S3 backend: objects in a bucket.

use std::{error::Error, sync::Arc, time::Duration};

use futures_util::{StreamExt as _, TryStreamExt as _};
use model::JobId;
use object_store::{
    ObjectStore, RetryConfig, aws::AmazonS3Builder, path::Path as ObjectPath, prefix::PrefixStore,
};

use super::keys::{ARTIFACTS, INPUT, job_of};

/// Timeout of retries of a request. A job whose files cannot be stored is retried as a whole.
const RETRY_TIMEOUT: Duration = Duration::from_secs(20);
/// Maximum number of retries.
const MAX_RETRIES: usize = 5;

/// Opens the part of a bucket below this prefix.
pub(super) fn open(
    bucket: &str,
    prefix: ObjectPath,
    environment: impl IntoIterator<Item = (String, String)>,
) -> Result<Arc<dyn ObjectStore>, object_store::Error> {
    let retry =
        RetryConfig { max_retries: MAX_RETRIES, retry_timeout: RETRY_TIMEOUT, ..RetryConfig::default() };
    let mut builder = AmazonS3Builder::new().with_retry(retry);
    for (name, value) in environment {
        // Other programs use other variables with this prefix.
        if name.starts_with("AWS_")
            && let Ok(key) = name.to_ascii_lowercase().parse()
        {
            builder = builder.with_config(key, value);
        }
    }
    Ok(Arc::new(PrefixStore::new(builder.with_bucket_name(bucket).build()?, prefix)))
}

/// Deletes the objects of the selected jobs between two jobs, inclusive.
pub(super) async fn delete_between(
    store: &Arc<dyn ObjectStore>,
    (first, last): (JobId, JobId),
    is_selected: &(dyn Fn(JobId) -> bool + Sync),
) -> Result<(), Box<dyn Error + Send + Sync>> {
    let folder = ObjectPath::from(ARTIFACTS);
    let mut listed = store.list_with_offset(Some(&folder), &folder.clone().join(first.to_string()));
    let mut selected = Vec::new();
    while let Some(object) = listed.try_next().await? {
        match job_of(&object.location) {
            Some(job) if job > last => break,
            Some(job) if is_selected(job) => selected.push(object.location),
            Some(_) | None => {}
        }
    }
    delete_paths(store, selected).await
}

/// Deletes everything below a job's prefix, or everything except the job's input and the objects of one
/// attempt.
pub(super) async fn delete(
    store: &Arc<dyn ObjectStore>,
    folder: &ObjectPath,
    kept_attempt: Option<u32>,
) -> Result<(), Box<dyn Error + Send + Sync>> {
    let kept = kept_attempt
        .map(|attempt| [attempt.to_string(), INPUT.to_owned()].map(|name| folder.clone().join(name)));
    let found = store.list(Some(folder)).map_ok(|object| object.location);
    let found: Vec<ObjectPath> = found.try_collect().await?;
    let is_kept = |place: &ObjectPath| kept.iter().flatten().any(|kept| place.prefix_matches(kept));
    let others = found.into_iter().filter(|place| !is_kept(place));
    delete_paths(store, others.collect()).await
}

async fn delete_paths(
    store: &Arc<dyn ObjectStore>,
    paths: Vec<ObjectPath>,
) -> Result<(), Box<dyn Error + Send + Sync>> {
    let paths = futures_util::stream::iter(paths).map(Ok).boxed();
    store.delete_stream(paths).try_for_each(|_| async { Ok(()) }).await?;
    Ok(())
}
