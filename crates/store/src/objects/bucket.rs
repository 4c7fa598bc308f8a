//! Objects in a bucket that speaks S3.

use std::{error::Error, sync::Arc, time::Duration};

use futures_util::{StreamExt as _, TryStreamExt as _};
use model::JobId;
use object_store::{
    ObjectStore, RetryConfig, aws::AmazonS3Builder, path::Path as Place, prefix::PrefixStore,
};

use super::{ARTIFACTS, walk::job_of};
use crate::large::INPUT;

/// How long a request is repeated. A job whose files cannot be kept is tried again as a whole.
const PATIENCE: Duration = Duration::from_secs(20);
/// How often.
const RETRIES: usize = 5;

/// The part of a bucket below this prefix.
pub(super) fn open(
    bucket: &str,
    prefix: Place,
    environment: impl IntoIterator<Item = (String, String)>,
) -> Result<Arc<dyn ObjectStore>, object_store::Error> {
    let retry = RetryConfig { max_retries: RETRIES, retry_timeout: PATIENCE, ..RetryConfig::default() };
    let mut builder = AmazonS3Builder::new().with_retry(retry);
    for (name, value) in environment {
        // Other programs have other variables of this kind.
        if name.starts_with("AWS_")
            && let Ok(key) = name.to_ascii_lowercase().parse()
        {
            builder = builder.with_config(key, value);
        }
    }
    Ok(Arc::new(PrefixStore::new(builder.with_bucket_name(bucket).build()?, prefix)))
}

/// Deletes the objects of those jobs between two, both included, that are meant.
pub(super) async fn delete_between(
    store: &Arc<dyn ObjectStore>,
    (first, last): (JobId, JobId),
    is_meant: &(dyn Fn(JobId) -> bool + Sync),
) -> Result<(), Box<dyn Error + Send + Sync>> {
    let folder = Place::from(ARTIFACTS);
    let mut listed = store.list_with_offset(Some(&folder), &folder.clone().join(first.to_string()));
    let mut meant = Vec::new();
    while let Some(object) = listed.try_next().await? {
        match job_of(&object.location) {
            Some(job) if job > last => break,
            Some(job) if is_meant(job) => meant.push(object.location),
            Some(_) | None => {}
        }
    }
    delete_places(store, meant).await
}

/// Deletes what is below a job's prefix, or all of it but the job's input and what belongs to one attempt.
pub(super) async fn delete(
    store: &Arc<dyn ObjectStore>,
    folder: &Place,
    but: Option<u32>,
) -> Result<(), Box<dyn Error + Send + Sync>> {
    let kept =
        but.map(|attempt| [attempt.to_string(), INPUT.to_owned()].map(|name| folder.clone().join(name)));
    let found = store.list(Some(folder)).map_ok(|object| object.location);
    let found: Vec<Place> = found.try_collect().await?;
    let is_kept = |place: &Place| kept.iter().flatten().any(|kept| place.prefix_matches(kept));
    let others = found.into_iter().filter(|place| !is_kept(place));
    delete_places(store, others.collect()).await
}

async fn delete_places(
    store: &Arc<dyn ObjectStore>,
    places: Vec<Place>,
) -> Result<(), Box<dyn Error + Send + Sync>> {
    let places = futures_util::stream::iter(places).map(Ok).boxed();
    store.delete_stream(places).try_for_each(|_| async { Ok(()) }).await?;
    Ok(())
}
