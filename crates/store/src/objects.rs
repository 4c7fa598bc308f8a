//! The bytes of artifacts, beside the records that say whose they are.
//!
//! An object is found by job, attempt and place in the record's list, and by nothing else: no name that a guest has chosen
//! becomes part of a path. Objects are written before the record that lists them, so what a record lists is there. What no
//! record lists (an attempt that was lost, a record that is gone) can be found job by job and be deleted.
//!
//! They are in a folder of one machine, or in a bucket that speaks S3 and that many machines share.

mod address;
mod bucket;
mod folder;
mod walk;

use std::{
    error::Error,
    fmt,
    fs::DirBuilder,
    io,
    os::unix::fs::DirBuilderExt as _,
    path::{Path as Folder, PathBuf},
    sync::Arc,
};

use bytes::Bytes;
use futures_util::{StreamExt as _, TryStreamExt as _, stream::BoxStream};
use model::JobId;
use object_store::{
    ObjectStore, ObjectStoreExt as _, PutPayload, local::LocalFileSystem, path::Path as Place,
};

use self::address::Address;
use crate::{ContentKey, private};

pub use walk::Walk;

/// Where artifacts are, within the store.
pub(crate) const ARTIFACTS: &str = "artifacts";

/// The objects of one installation. A handle: cloning it is cheap and gives the same objects.
#[derive(Clone)]
pub struct Objects {
    pub(crate) store: Arc<dyn ObjectStore>,
    place: Kind,
}

/// What kind of place that is.
#[derive(Clone)]
enum Kind {
    /// A folder of this machine; the folders of jobs are in this one.
    Folder(PathBuf),
    /// A bucket.
    Bucket,
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
    /// The setting does not say where objects are. It is not shown: it may have a secret in it.
    #[error("the address of objects {0}")]
    Url(&'static str),
    /// The folder of objects is missing and cannot be made.
    #[error("the folder of objects {} cannot be used", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// The folder or the bucket of objects does not open.
    #[error("the place of objects cannot be opened")]
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
    /// What there is in a folder could not be found out.
    #[error("the folder of objects cannot be read")]
    Read(#[source] io::Error),
    /// An object that is named by its content could not be read.
    #[error("{key} cannot be read")]
    Content {
        /// Which.
        key: ContentKey,
        /// Why not.
        #[source]
        source: object_store::Error,
    },
    /// One could not be written.
    #[error("{key} cannot be kept")]
    Keep {
        /// Which.
        key: ContentKey,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// What is to be written could not be read.
    #[error("{key} cannot be read from where it comes from")]
    Source {
        /// Which.
        key: ContentKey,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// The bytes have another digest than the one they are named by.
    #[error("{0} is damaged, or has changed while it was read: import the problem again")]
    NotWhatItsNamed(ContentKey),
    /// Large code or input of a job could not be written.
    #[error("large code or input of job {job} cannot be kept")]
    KeepLarge {
        /// The job.
        job: JobId,
        /// Why not.
        #[source]
        source: object_store::Error,
    },
    /// It could not be read.
    #[error("large code or input of job {job} cannot be read")]
    ReadLarge {
        /// The job.
        job: JobId,
        /// Why not.
        #[source]
        source: object_store::Error,
    },
    /// It is not there, or has other bytes than those that the record names.
    #[error("large code or input of job {0} is gone or damaged")]
    LostLarge(JobId),
    /// Objects of a job could not be deleted.
    #[error("objects of job {job} cannot be deleted")]
    Delete {
        /// The job.
        job: JobId,
        /// Why not.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
}

impl ObjectsError {
    /// Whether the same may work a little later: the place of objects, or the way there, has failed.
    pub const fn is_passing(&self) -> bool {
        match self {
            Self::Put { .. }
            | Self::Get { .. }
            | Self::List(_)
            | Self::Read(_)
            | Self::Content { .. }
            | Self::Keep { .. }
            | Self::KeepLarge { .. }
            | Self::ReadLarge { .. }
            | Self::Delete { .. } => true,
            Self::Url(_)
            | Self::Folder { .. }
            | Self::Open(_)
            | Self::Source { .. }
            | Self::NotWhatItsNamed(_)
            | Self::LostLarge(_) => false,
        }
    }
}

impl Objects {
    /// The objects at this address: `file:///folder`, or `s3://bucket/prefix`. Which S3 that is, and who asks, is told by the
    /// variables of the environment that begin with `AWS_`, as for every program that uses S3.
    pub fn at(
        url: &str,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ObjectsError> {
        match address::parse(url)? {
            Address::Folder(folder) => Self::in_folder(folder),
            Address::Bucket { bucket, prefix } => {
                let store = bucket::open(bucket, prefix, environment).map_err(ObjectsError::Open)?;
                Ok(Self { store, place: Kind::Bucket })
            }
        }
    }

    /// Whether [`at`](Self::at) can take this address, as far as that can be told without a folder being made and a bucket being
    /// asked.
    pub fn check_address(
        url: &str,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<(), ObjectsError> {
        match address::parse(url)? {
            Address::Folder(_) => Ok(()),
            Address::Bucket { bucket, prefix } => {
                bucket::open(bucket, prefix, environment).map(drop).map_err(ObjectsError::Open)
            }
        }
    }

    /// The objects in this folder, which is made if it is missing.
    pub fn in_folder(folder: &Folder) -> Result<Self, ObjectsError> {
        let artifacts = folder.join(ARTIFACTS);
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&artifacts)
            .map_err(|source| ObjectsError::Folder { folder: folder.to_owned(), source })?;
        for kind in [ARTIFACTS, ContentKey::SUITES, ContentKey::TESTS] {
            private::tree(&folder.join(kind));
        }
        // A record that survives a power loss must not list what did not.
        let store = LocalFileSystem::new_with_prefix(folder).map_err(ObjectsError::Open)?.with_fsync(true);
        Ok(Self { store: Arc::new(store), place: Kind::Folder(artifacts) })
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

    /// Deletes all objects of these jobs, most of which may have none: at a cost that depends on what they have, and on what
    /// jobs between them have, and not on all there is.
    pub async fn forget_all(&self, jobs: &[JobId]) -> Result<(), ObjectsError> {
        let (Some(first), Some(last)) = (jobs.iter().min(), jobs.iter().max()) else { return Ok(()) };
        match &self.place {
            Kind::Folder(artifacts) => {
                let folders = jobs.iter().map(|job| artifacts.join(job.to_string())).collect();
                folder::delete_all(folders).await
            }
            Kind::Bucket => {
                let is_one = |job: JobId| jobs.contains(&job);
                bucket::delete_between(&self.store, (*first, *last), &is_one).await
            }
        }
        .map_err(|source| ObjectsError::Delete { job: *first, source })
    }

    /// Deletes all objects of a job.
    pub async fn forget(&self, job: JobId) -> Result<(), ObjectsError> {
        self.delete(job, None).await
    }

    /// Deletes what all attempts at a job have left; its large code and input stay.
    pub async fn forget_attempts(&self, job: JobId) -> Result<(), ObjectsError> {
        // The first attempt is number 1.
        self.keep_only(job, 0).await
    }

    /// Deletes what all attempts at a job but this one have left; its large code and input stay.
    pub async fn keep_only(&self, job: JobId, attempt: u32) -> Result<(), ObjectsError> {
        self.delete(job, Some(attempt)).await
    }

    async fn delete(&self, job: JobId, but: Option<u32>) -> Result<(), ObjectsError> {
        let deleted = match &self.place {
            Kind::Folder(artifacts) => folder::delete(artifacts.join(job.to_string()), but).await,
            Kind::Bucket => {
                let folder = Place::from_iter([ARTIFACTS.to_owned(), job.to_string()]);
                bucket::delete(&self.store, &folder, but).await
            }
        };
        deleted.map_err(|source| ObjectsError::Delete { job, source })
    }
}
