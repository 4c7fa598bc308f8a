//! Large code and input of jobs, as objects of the job, named by their digests.
//!
//! They are written before the record that names them, and stay as long as it: whoever deletes the objects of a job deletes them
//! too, but deleting what attempts have left behind does not. What is read is hashed: bytes that are not what the record names
//! end in an error, and are run by nobody.

use model::{Digest, JobId, LargeContent};
use object_store::{ObjectStoreExt as _, PutPayload, path::Path as Place};

use crate::{Objects, ObjectsError, objects::ARTIFACTS};

/// The folder of a job's large content, beside those of its attempts.
pub(crate) const INPUT: &str = "input";

impl Objects {
    /// Writes large content of a job, whole or not at all; it survives a power loss when this returns.
    pub async fn keep_large(
        &self,
        job: JobId,
        large: &LargeContent,
        bytes: Vec<u8>,
    ) -> Result<(), ObjectsError> {
        let put = self.store.put(&place(job, large.digest), PutPayload::from(bytes)).await;
        put.map(drop).map_err(|source| ObjectsError::KeepLarge { job, source })
    }

    /// Large content of a job.
    ///
    /// # Errors
    /// [`ObjectsError::LostLarge`] if it is not there, or not what it is named after: nobody can read it then.
    pub async fn large(&self, job: JobId, large: &LargeContent) -> Result<Vec<u8>, ObjectsError> {
        let failed = |source| ObjectsError::ReadLarge { job, source };
        let found = match self.store.get(&place(job, large.digest)).await {
            Err(object_store::Error::NotFound { .. }) => return Err(ObjectsError::LostLarge(job)),
            found => found.map_err(failed)?,
        };
        if found.meta.size != large.size.get() {
            return Err(ObjectsError::LostLarge(job));
        }
        let bytes = found.bytes().await.map_err(failed)?;
        if Digest::of(&bytes) == large.digest { Ok(bytes.into()) } else { Err(ObjectsError::LostLarge(job)) }
    }
}

fn place(job: JobId, digest: Digest) -> Place {
    Place::from_iter([ARTIFACTS.to_owned(), job.to_string(), INPUT.to_owned(), digest.to_string()])
}
