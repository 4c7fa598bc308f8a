//! Large submissions: code and input of jobs as objects of the job, named by their digests.
//!
//! They are written before the record that references them and live as long as it: deleting the objects of a
//! job deletes them, deleting artifacts of attempts does not. Reads verify the digest: wrong bytes are an error
//! and are never run.

use model::{Digest, JobId, LargeContent};
use object_store::{ObjectStoreExt as _, PutPayload, path::Path as ObjectPath};

use super::{
    Objects,
    error::ObjectsError,
    keys::{ARTIFACTS, INPUT},
};

impl Objects {
    /// Writes large content of a job, whole or not at all; durable on return.
    pub async fn put_large(
        &self,
        job: JobId,
        large: &LargeContent,
        bytes: Vec<u8>,
    ) -> Result<(), ObjectsError> {
        let put = self.store.put(&path(job, large.digest), PutPayload::from(bytes)).await;
        put.map(drop).map_err(|source| ObjectsError::PutLarge { job, source })
    }

    /// Reads large content of a job.
    ///
    /// # Errors
    /// [`ObjectsError::LargeMissing`] if it is missing or does not match its digest; a retry is useless.
    pub async fn get_large(&self, job: JobId, large: &LargeContent) -> Result<Vec<u8>, ObjectsError> {
        let failed = |source| ObjectsError::GetLarge { job, source };
        let found = match self.store.get(&path(job, large.digest)).await {
            Err(object_store::Error::NotFound { .. }) => return Err(ObjectsError::LargeMissing(job)),
            found => found.map_err(failed)?,
        };
        if found.meta.size != large.size.get() {
            return Err(ObjectsError::LargeMissing(job));
        }
        let bytes = found.bytes().await.map_err(failed)?;
        if Digest::of(&bytes) == large.digest {
            Ok(bytes.into())
        } else {
            Err(ObjectsError::LargeMissing(job))
        }
    }
}

fn path(job: JobId, digest: Digest) -> ObjectPath {
    ObjectPath::from_iter([ARTIFACTS.to_owned(), job.to_string(), INPUT.to_owned(), digest.to_string()])
}
