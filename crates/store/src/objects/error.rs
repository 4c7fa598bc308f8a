//! Errors of the object storage.

use std::{error::Error, io, path::PathBuf};

use model::JobId;

use super::keys::{ContentKey, ObjectKey};

/// Error of an object operation. Always a fault of the platform.
#[derive(Debug, thiserror::Error)]
pub enum ObjectsError {
    /// The address is invalid. It is not shown, because it may contain a secret.
    #[error("the address of objects {0}")]
    Url(&'static str),
    /// The folder is missing and cannot be created.
    #[error("the folder of objects {} cannot be used", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// The folder or bucket cannot be opened.
    #[error("the place of objects cannot be opened")]
    Open(#[source] object_store::Error),
    /// An object could not be written.
    #[error("object {key} cannot be written")]
    Put {
        /// The object.
        key: ObjectKey,
        /// The cause.
        #[source]
        source: object_store::Error,
    },
    /// An object could not be read.
    #[error("object {key} cannot be read")]
    Get {
        /// The object.
        key: ObjectKey,
        /// The cause.
        #[source]
        source: object_store::Error,
    },
    /// The objects could not be listed.
    #[error("the objects cannot be listed")]
    List(#[source] object_store::Error),
    /// The folder could not be listed.
    #[error("the folder of objects cannot be read")]
    Read(#[source] io::Error),
    /// A content-addressed object could not be read.
    #[error("{key} cannot be read")]
    Content {
        /// The object.
        key: ContentKey,
        /// The cause.
        #[source]
        source: object_store::Error,
    },
    /// A content-addressed object could not be written.
    #[error("{key} cannot be kept")]
    PutContent {
        /// The object.
        key: ContentKey,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// The source of an object could not be read.
    #[error("{key} cannot be read from where it comes from")]
    Source {
        /// The object.
        key: ContentKey,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// The bytes do not match the digest in the key.
    #[error("{0} is damaged, or has changed while it was read: import the problem again")]
    DigestMismatch(ContentKey),
    /// Large code or input of a job could not be written.
    #[error("large code or input of job {job} cannot be kept")]
    PutLarge {
        /// The job.
        job: JobId,
        /// The cause.
        #[source]
        source: object_store::Error,
    },
    /// Large code or input of a job could not be read.
    #[error("large code or input of job {job} cannot be read")]
    GetLarge {
        /// The job.
        job: JobId,
        /// The cause.
        #[source]
        source: object_store::Error,
    },
    /// Large code or input of a job is missing, or does not match its digest.
    #[error("large code or input of job {0} is gone or damaged")]
    LargeMissing(JobId),
    /// Objects of a job could not be deleted.
    #[error("objects of job {job} cannot be deleted")]
    Delete {
        /// The job.
        job: JobId,
        /// The cause.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
}

impl ObjectsError {
    /// Whether the operation may succeed later: the storage or the connection to it has failed.
    pub const fn is_transient(&self) -> bool {
        match self {
            Self::Put { .. }
            | Self::Get { .. }
            | Self::List(_)
            | Self::Read(_)
            | Self::Content { .. }
            | Self::PutContent { .. }
            | Self::PutLarge { .. }
            | Self::GetLarge { .. }
            | Self::Delete { .. } => true,
            Self::Url(_)
            | Self::Folder { .. }
            | Self::Open(_)
            | Self::Source { .. }
            | Self::DigestMismatch(_)
            | Self::LargeMissing(_) => false,
        }
    }
}
