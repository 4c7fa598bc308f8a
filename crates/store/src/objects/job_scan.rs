//! Job scan: iterates over the jobs with objects, in steps of constant cost.

use std::{collections::BTreeSet, fs, io, path::PathBuf};

use futures_util::TryStreamExt as _;
use model::JobId;
use object_store::path::Path as ObjectPath;

use super::{
    Backend, Objects,
    error::ObjectsError,
    keys::{ARTIFACTS, job_of},
};

/// Position of a scan over all objects.
#[derive(Debug, Default)]
pub struct JobScan(ScanPosition);

#[derive(Debug, Default)]
enum ScanPosition {
    #[default]
    Start,
    /// In a folder that is being read.
    Folder(fs::ReadDir),
    /// In a bucket, after all objects of this job.
    Bucket(JobId),
}

impl Objects {
    /// The next jobs with objects, at most `max`, in no particular order. An empty result is the end of the
    /// scan, which then restarts. Objects that are created or deleted meanwhile may be missed. Files with other
    /// names are ignored.
    pub async fn next_jobs(&self, scan: &mut JobScan, max: usize) -> Result<Vec<JobId>, ObjectsError> {
        let before = std::mem::take(&mut scan.0);
        match &self.backend {
            Backend::Folder(artifacts) => {
                let artifacts = artifacts.clone();
                let reading = tokio::task::spawn_blocking(move || read_folder(before, &artifacts, max)).await;
                let (found, position) =
                    reading.map_err(io::Error::other).flatten().map_err(ObjectsError::Read)?;
                scan.0 = position;
                Ok(found)
            }
            Backend::Bucket => {
                let after = match before {
                    ScanPosition::Bucket(job) => Some(job),
                    ScanPosition::Start | ScanPosition::Folder(_) => None,
                };
                let found = self.jobs_after(after, max).await?;
                scan.0 = found.last().map_or(ScanPosition::Start, |last| ScanPosition::Bucket(*last));
                Ok(found)
            }
        }
    }

    /// Jobs of a bucket in the order of their ids.
    async fn jobs_after(&self, after: Option<JobId>, max: usize) -> Result<Vec<JobId>, ObjectsError> {
        let folder = ObjectPath::from(ARTIFACTS);
        let mut listed = match after {
            Some(job) => self.store.list_with_offset(Some(&folder), &after_job(job)),
            None => self.store.list(Some(&folder)),
        };
        let mut jobs = BTreeSet::new();
        while let Some(object) = listed.try_next().await.map_err(ObjectsError::List)? {
            jobs.extend(job_of(&object.location));
            if jobs.len() > max {
                jobs.pop_last();
                break;
            }
        }
        Ok(jobs.into_iter().collect())
    }
}

/// A path after all objects of a job and before those of the next one: the separator after the job's name sorts
/// before a digit.
fn after_job(job: JobId) -> ObjectPath {
    ObjectPath::from_iter([ARTIFACTS.to_owned(), format!("{job}0")])
}

fn read_folder(
    position: ScanPosition,
    artifacts: &PathBuf,
    max: usize,
) -> io::Result<(Vec<JobId>, ScanPosition)> {
    let mut entries = match position {
        ScanPosition::Folder(entries) => entries,
        ScanPosition::Start | ScanPosition::Bucket(_) => fs::read_dir(artifacts)?,
    };
    let mut found = Vec::new();
    while found.len() < max {
        let Some(entry) = entries.next() else {
            let position = if found.is_empty() { ScanPosition::Start } else { ScanPosition::Folder(entries) };
            return Ok((found, position));
        };
        found.extend(entry?.file_name().to_str().and_then(|name| name.parse::<JobId>().ok()));
    }
    Ok((found, ScanPosition::Folder(entries)))
}
