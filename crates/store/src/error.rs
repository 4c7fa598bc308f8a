//! Errors of the store. They are faults of the platform, never of the submitter.

use std::{io, path::PathBuf, sync::Arc};

use model::JobId;

/// Error of a store operation.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The data folder is missing and cannot be created, or is not writable.
    #[error("the data folder {} is not a folder that this process can write to", dir.display())]
    Folder {
        /// The folder.
        dir: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// A key of the server cannot be read or made.
    #[error("the key {} cannot be used", path.display())]
    Key {
        /// Its file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// The folder is writable for everybody, so it does not belong to the server.
    #[error("the data folder {} is for everybody, as /tmp is: choose a folder of the server's own with --data", dir.display())]
    WorldWritable {
        /// The folder.
        dir: PathBuf,
    },
    /// Another process uses the folder.
    #[error("the data folder {} is in use by another coderunner", dir.display())]
    InUse {
        /// The folder.
        dir: PathBuf,
    },
    /// The file of records cannot be opened.
    #[error("the records in {} cannot be opened", file.display())]
    Open {
        /// The file.
        file: PathBuf,
        /// The cause.
        #[source]
        source: sqlx::Error,
    },
    /// The address of the records is invalid.
    #[error(
        "the address of the records is not one: it must look like postgres://user:password@host:5432/database"
    )]
    Url(#[source] sqlx::Error),
    /// The database server cannot be reached or rejects the connection.
    #[error(
        "the records at {address} cannot be reached: is PostgreSQL running there, and may we use that database?"
    )]
    Connect {
        /// Host, port and database.
        address: String,
        /// The cause.
        #[source]
        source: sqlx::Error,
    },
    /// The tables could not be migrated.
    #[error("the tables of the records cannot be brought up to date")]
    Migrate(#[source] sqlx::migrate::MigrateError),
    /// A write failed. It may be repeated: every write is fenced.
    #[error("the records cannot be written")]
    Write(#[source] Arc<sqlx::Error>),
    /// The records cannot be reached at the moment. This is transient, or an operator must restore the database
    /// server or disk space. A write may or may not have been committed; it may be repeated.
    #[error("the records cannot be reached at the moment")]
    Unavailable(#[source] Arc<sqlx::Error>),
    /// A read failed.
    #[error("the records cannot be read")]
    Read(#[source] sqlx::Error),
    /// A job or completion could not be encoded.
    #[error("job {id} cannot be put into its stored form")]
    Encode {
        /// The job.
        id: JobId,
        /// The cause.
        #[source]
        source: serde_json::Error,
    },
    /// A stored job or completion could not be decoded.
    #[error("the record of job {id} is damaged: its {part} cannot be read back")]
    Decode {
        /// The job.
        id: JobId,
        /// The part of the record.
        part: &'static str,
        /// The cause.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The record was written by a newer version.
    #[error(
        "the record of job {id} has schema {found}, and this version reads up to {known}: run a newer one"
    )]
    Newer {
        /// The job.
        id: JobId,
        /// Schema version of the record.
        found: i64,
        /// Newest schema version that this version reads.
        known: u16,
    },
    /// The number of a problem could not be decoded.
    #[error("the record of a problem's number is damaged: its {part} cannot be read back")]
    DamagedNumber {
        /// The part of the record.
        part: &'static str,
    },
    /// The store has been closed.
    #[error("the store is closed")]
    Closed,
}

impl StoreError {
    /// Whether the operation may succeed later.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Unavailable(_) => true,
            Self::Connect { source, .. } => !is_rejection(source),
            _ => false,
        }
    }
}

/// Whether the server was reached and rejects the connection, so that the user or the database must be changed.
fn is_rejection(error: &sqlx::Error) -> bool {
    /// PostgreSQL's class of authorization errors.
    const NOT_AUTHORIZED: &str = "28";
    /// PostgreSQL's code for a missing database.
    const NO_DATABASE: &str = "3D000";
    let sqlx::Error::Database(error) = error else {
        return matches!(error, sqlx::Error::Configuration(_) | sqlx::Error::Tls(_));
    };
    error.code().is_some_and(|code| code.starts_with(NOT_AUTHORIZED) || code == NO_DATABASE)
}
