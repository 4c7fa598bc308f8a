//! Objects: artifacts, test data and large submissions, in a folder or an S3 bucket.
//!
//! An artifact is found by job, attempt and index in the record's list: no name chosen by a guest becomes part
//! of a path. Objects are written before the record that lists them, so every listed object exists. Objects
//! that no record lists (of a lost attempt or a deleted record) can be found by a scan over jobs and deleted.

mod address;
mod bucket;
pub(crate) mod content_objects;
pub(crate) mod error;
mod folder;
pub(crate) mod job_scan;
pub(crate) mod keys;
mod large_content;

use std::{
    fs::DirBuilder,
    os::unix::fs::DirBuilderExt as _,
    path::{Path as FsPath, PathBuf},
    sync::Arc,
};

use bytes::Bytes;
use futures_util::{StreamExt as _, TryStreamExt as _, stream::BoxStream};
use model::JobId;
use object_store::{
    ObjectStore, ObjectStoreExt as _, PutPayload, local::LocalFileSystem, path::Path as ObjectPath,
};

use self::{
    address::Address,
    error::ObjectsError,
    keys::{ARTIFACTS, ContentKey, ObjectKey},
};
use crate::permissions;

/// The objects of one installation. A handle: clones are cheap and share the storage.
#[derive(Clone)]
pub struct Objects {
    pub(super) store: Arc<dyn ObjectStore>,
    pub(super) backend: Backend,
}

/// The storage backend.
#[derive(Clone)]
pub(super) enum Backend {
    /// A folder of this machine that contains the folders of jobs.
    Folder(PathBuf),
    /// An S3 bucket.
    Bucket,
}

/// An artifact being read.
pub struct Object {
    /// Its size.
    pub size: model::Bytes,
    /// Its bytes as a stream.
    pub pieces: BoxStream<'static, Result<Bytes, ObjectsError>>,
}

impl Objects {
    /// Opens the objects at this address: `file:///folder` or `s3://bucket/prefix`. The S3 endpoint and
    /// credentials come from the environment variables that begin with `AWS_`.
    pub fn open(
        url: &str,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ObjectsError> {
        match address::parse(url)? {
            Address::Folder(folder) => Self::open_folder(folder),
            Address::Bucket { bucket, prefix } => {
                let store = bucket::open(bucket, prefix, environment).map_err(ObjectsError::Open)?;
                Ok(Self { store, backend: Backend::Bucket })
            }
        }
    }

    /// Checks that [`open`](Self::open) can take this address, without creating a folder or asking a bucket.
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

    /// Opens the objects in this folder, which is created if missing.
    pub fn open_folder(folder: &FsPath) -> Result<Self, ObjectsError> {
        let artifacts = folder.join(ARTIFACTS);
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&artifacts)
            .map_err(|source| ObjectsError::Folder { folder: folder.to_owned(), source })?;
        for name in [ARTIFACTS, ContentKey::SUITES, ContentKey::TESTS] {
            permissions::secure_tree(&folder.join(name));
        }
        // A record that survives a power loss must not list objects that do not.
        let store = LocalFileSystem::new_with_prefix(folder).map_err(ObjectsError::Open)?.with_fsync(true);
        Ok(Self { store: Arc::new(store), backend: Backend::Folder(artifacts) })
    }

    /// Writes an object, whole or not at all; durable on return.
    pub async fn put(&self, key: ObjectKey, bytes: Vec<u8>) -> Result<(), ObjectsError> {
        let put = self.store.put(&key.path(), PutPayload::from(bytes)).await;
        put.map(drop).map_err(|source| ObjectsError::Put { key, source })
    }

    /// The object, if it exists.
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

    /// Deletes all objects of these jobs, most of which may have none. The cost depends on the objects of these
    /// jobs and of the jobs between them, not on the total number.
    pub async fn delete_jobs(&self, jobs: &[JobId]) -> Result<(), ObjectsError> {
        let (Some(first), Some(last)) = (jobs.iter().min(), jobs.iter().max()) else { return Ok(()) };
        match &self.backend {
            Backend::Folder(artifacts) => {
                let folders = jobs.iter().map(|job| artifacts.join(job.to_string())).collect();
                folder::delete_all(folders).await
            }
            Backend::Bucket => {
                let is_one = |job: JobId| jobs.contains(&job);
                bucket::delete_between(&self.store, (*first, *last), &is_one).await
            }
        }
        .map_err(|source| ObjectsError::Delete { job: *first, source })
    }

    /// Deletes all objects of a job.
    pub async fn delete_job(&self, job: JobId) -> Result<(), ObjectsError> {
        self.delete(job, None).await
    }

    /// Deletes the artifacts of all attempts at a job; its large code and input are kept.
    pub async fn delete_attempts(&self, job: JobId) -> Result<(), ObjectsError> {
        // Attempt numbers start at 1.
        self.delete_other_attempts(job, 0).await
    }

    /// Deletes the artifacts of all attempts at a job except this one; its large code and input are kept.
    pub async fn delete_other_attempts(&self, job: JobId, attempt: u32) -> Result<(), ObjectsError> {
        self.delete(job, Some(attempt)).await
    }

    async fn delete(&self, job: JobId, kept_attempt: Option<u32>) -> Result<(), ObjectsError> {
        let deleted = match &self.backend {
            Backend::Folder(artifacts) => folder::delete(artifacts.join(job.to_string()), kept_attempt).await,
            Backend::Bucket => {
                let folder = ObjectPath::from_iter([ARTIFACTS.to_owned(), job.to_string()]);
                bucket::delete(&self.store, &folder, kept_attempt).await
            }
        };
        deleted.map_err(|source| ObjectsError::Delete { job, source })
    }
}
