//! A walk through the jobs that have objects: some at a time, in steps that cost as much however many there are.

use std::{collections::BTreeSet, fs, io, path::PathBuf};

use futures_util::TryStreamExt as _;
use model::JobId;
use object_store::path::Path as Place;

use super::{ARTIFACTS, Kind, Objects, ObjectsError};

/// Where somebody who looks at all objects has come to.
#[derive(Debug, Default)]
pub struct Walk(Position);

#[derive(Debug, Default)]
enum Position {
    #[default]
    Start,
    /// In a folder, which is read on.
    Folder(fs::ReadDir),
    /// In a bucket, after all objects of this job.
    Bucket(JobId),
}

impl Objects {
    /// The next jobs that have objects, at most so many, in no certain order. None when the walk has come to its end; it begins
    /// again then. What comes or goes meanwhile may be met or not. Whatever else is there is none of ours and left alone.
    pub async fn next_jobs(&self, walk: &mut Walk, most: usize) -> Result<Vec<JobId>, ObjectsError> {
        let before = std::mem::take(&mut walk.0);
        match &self.place {
            Kind::Folder(artifacts) => {
                let artifacts = artifacts.clone();
                let reading = tokio::task::spawn_blocking(move || read_on(before, &artifacts, most)).await;
                let (found, position) =
                    reading.map_err(io::Error::other).flatten().map_err(ObjectsError::Read)?;
                walk.0 = position;
                Ok(found)
            }
            Kind::Bucket => {
                let after = match before {
                    Position::Bucket(job) => Some(job),
                    Position::Start | Position::Folder(_) => None,
                };
                let found = self.jobs_after(after, most).await?;
                walk.0 = found.last().map_or(Position::Start, |last| Position::Bucket(*last));
                Ok(found)
            }
        }
    }

    /// Jobs of a bucket in the order of their ids.
    async fn jobs_after(&self, after: Option<JobId>, most: usize) -> Result<Vec<JobId>, ObjectsError> {
        let folder = Place::from(ARTIFACTS);
        let mut listed = match after {
            Some(job) => self.store.list_with_offset(Some(&folder), &past(job)),
            None => self.store.list(Some(&folder)),
        };
        let mut jobs = BTreeSet::new();
        while let Some(object) = listed.try_next().await.map_err(ObjectsError::List)? {
            jobs.extend(job_of(&object.location));
            if jobs.len() > most {
                jobs.pop_last();
                break;
            }
        }
        Ok(jobs.into_iter().collect())
    }
}

/// The job of an object.
pub(super) fn job_of(object: &Place) -> Option<JobId> {
    object.parts().nth(1)?.as_ref().parse().ok()
}

/// A place after those of all objects of a job, and before any of the next: what follows its name there sorts before a digit.
fn past(job: JobId) -> Place {
    Place::from_iter([ARTIFACTS.to_owned(), format!("{job}0")])
}

fn read_on(position: Position, artifacts: &PathBuf, most: usize) -> io::Result<(Vec<JobId>, Position)> {
    let mut entries = match position {
        Position::Folder(entries) => entries,
        Position::Start | Position::Bucket(_) => fs::read_dir(artifacts)?,
    };
    let mut found = Vec::new();
    while found.len() < most {
        let Some(entry) = entries.next() else {
            let position = if found.is_empty() { Position::Start } else { Position::Folder(entries) };
            return Ok((found, position));
        };
        found.extend(entry?.file_name().to_str().and_then(|name| name.parse::<JobId>().ok()));
    }
    Ok((found, Position::Folder(entries)))
}
