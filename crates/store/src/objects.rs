//! The bytes of artifacts, beside the records that say whose they are.
//!
//! An object is found by job, attempt and place in the record's list, and by nothing else: no name that a guest has chosen
//! becomes part of a path. Objects are written before the record that lists them, so what a record lists is there. What no
//! record lists (an attempt that was lost, a record that is gone) can be found job by job and be deleted.
//!
//! The objects are in a folder now; everything else that the crate `object_store` knows fits behind the same type.

use std::{
    fmt, fs, io,
    path::{Path as Folder, PathBuf},
    sync::Arc,
};

use bytes::Bytes;
use futures_util::{StreamExt as _, TryStreamExt as _, stream::BoxStream};
use model::JobId;
use object_store::{
    ObjectStore, ObjectStoreExt as _, PutPayload, local::LocalFileSystem, path::Path as Place,
};

/// Where artifacts are, within the store.
const ARTIFACTS: &str = "artifacts";

/// The objects of one installation. A handle: cloning it is cheap and gives the same objects.
#[derive(Clone)]
pub struct Objects {
    store: Arc<dyn ObjectStore>,
    /// Where the folders of jobs are.
    artifacts: PathBuf,
}

/// Which object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ObjectKey {
    /// The job that made it.
    pub job: JobId,
    /// The attempt at it.
    pub attempt: u32,
    /// Its place in that attempt's list.
    pub place: usize,
}

impl ObjectKey {
    fn path(self) -> Place {
        Place::from_iter([
            ARTIFACTS.to_owned(),
            self.job.to_string(),
            self.attempt.to_string(),
            self.place.to_string(),
        ])
    }
}

impl fmt::Display for ObjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}-{}", self.job, self.attempt, self.place)
    }
}

/// An object that is being read.
pub struct Object {
    /// Its size.
    pub size: model::Bytes,
    /// Its bytes, piece by piece.
    pub pieces: BoxStream<'static, Result<Bytes, ObjectsError>>,
}

/// The object store could not do it. Always ours to mend.
#[derive(Debug, thiserror::Error)]
pub enum ObjectsError {
    /// The setting does not say where objects are.
    #[error(
        "{0:?} is no place for objects: it must be file:// and a folder from the root on, such as file:///var/lib/coderunner/objects"
    )]
    Url(String),
    /// The folder of objects is missing and cannot be made.
    #[error("the folder of objects {} cannot be used", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// The folder of objects does not open.
    #[error("the folder of objects cannot be opened")]
    Open(#[source] object_store::Error),
    /// An object could not be written.
    #[error("object {key} cannot be written")]
    Put {
        /// Which.
        key: ObjectKey,
        /// Why not.
        #[source]
        source: object_store::Error,
    },
    /// An object could not be read.
    #[error("object {key} cannot be read")]
    Get {
        /// Which.
        key: ObjectKey,
        /// Why not.
        #[source]
        source: object_store::Error,
    },
    /// What there is could not be found out.
    #[error("the objects cannot be listed")]
    List(#[source] object_store::Error),
    /// Objects of a job could not be deleted.
    #[error("objects of job {job} cannot be deleted")]
    Delete {
        /// The job.
        job: JobId,
        /// Why not.
        #[source]
        source: io::Error,
    },
}

impl Objects {
    /// The objects at this address; see [`ObjectsError::Url`].
    pub fn at(url: &str) -> Result<Self, ObjectsError> {
        match url.strip_prefix("file://").map(Folder::new) {
            Some(folder) if folder.is_absolute() => Self::in_folder(folder),
            _ => Err(ObjectsError::Url(url.to_owned())),
        }
    }

    /// The objects in this folder, which is made if it is missing.
    pub fn in_folder(folder: &Folder) -> Result<Self, ObjectsError> {
        let artifacts = folder.join(ARTIFACTS);
        fs::create_dir_all(&artifacts)
            .map_err(|source| ObjectsError::Folder { folder: folder.to_owned(), source })?;
        // A record that survives a power loss must not list what did not.
        let store = LocalFileSystem::new_with_prefix(folder).map_err(ObjectsError::Open)?.with_fsync(true);
        Ok(Self { store: Arc::new(store), artifacts })
    }

    /// Writes an object, whole or not at all; it survives a power loss when this returns.
    pub async fn put(&self, key: ObjectKey, bytes: Vec<u8>) -> Result<(), ObjectsError> {
        let put = self.store.put(&key.path(), PutPayload::from(bytes)).await;
        put.map(drop).map_err(|source| ObjectsError::Put { key, source })
    }

    /// The object, if there is one.
    pub async fn get(&self, key: ObjectKey) -> Result<Option<Object>, ObjectsError> {
        let failed = move |source| ObjectsError::Get { key, source };
        match self.store.get(&key.path()).await {
            Ok(found) => {
                let size = model::Bytes(found.meta.size);
                Ok(Some(Object { size, pieces: found.into_stream().map_err(failed).boxed() }))
            }
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(failed(error)),
        }
    }

    /// The jobs that have objects, in the order of their ids. Whatever else is there is none of ours and left alone.
    pub async fn jobs(&self) -> Result<Vec<JobId>, ObjectsError> {
        let listed = self.store.list_with_delimiter(Some(&Place::from(ARTIFACTS))).await;
        let folders = listed.map_err(ObjectsError::List)?.common_prefixes;
        let mut jobs: Vec<JobId> =
            folders.iter().filter_map(|folder| folder.filename()?.parse().ok()).collect();
        jobs.sort_unstable();
        Ok(jobs)
    }

    /// Deletes all objects of a job.
    pub async fn forget(&self, job: JobId) -> Result<(), ObjectsError> {
        let folder = self.folder(job);
        delete(job, move || remove(&folder)).await
    }

    /// Deletes the objects of all attempts at a job but this one.
    pub async fn keep_only(&self, job: JobId, attempt: u32) -> Result<(), ObjectsError> {
        let (folder, kept) = (self.folder(job), attempt.to_string());
        delete(job, move || {
            for entry in entries(&folder)? {
                let entry = entry?;
                if entry.file_name() != *kept {
                    remove(&entry.path())?;
                }
            }
            Ok(())
        })
        .await
    }

    fn folder(&self, job: JobId) -> PathBuf {
        self.artifacts.join(job.to_string())
    }
}

/// Deletes in the folder itself: the object store does not see what a write that was killed has left there.
async fn delete(
    job: JobId,
    work: impl FnOnce() -> io::Result<()> + Send + 'static,
) -> Result<(), ObjectsError> {
    let done = tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| Err(io::Error::other(error)));
    done.map_err(|source| ObjectsError::Delete { job, source })
}

fn entries(folder: &Folder) -> io::Result<Box<dyn Iterator<Item = io::Result<fs::DirEntry>>>> {
    match fs::read_dir(folder) {
        Ok(entries) => Ok(Box::new(entries)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Box::new(std::iter::empty())),
        Err(error) => Err(error),
    }
}

fn remove(folder: &Folder) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        done => done,
    }
}
