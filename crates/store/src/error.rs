//! What can go wrong with the records. Always ours to mend, never the submitter's fault.

use std::{io, path::PathBuf, sync::Arc};

use model::JobId;

/// The store could not do it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The data folder is missing and cannot be made, or does not let us write.
    #[error("the data folder {} is not a folder that this process can write to", dir.display())]
    Folder {
        /// The folder.
        dir: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// Everybody may write to the folder, so it is not the server's own.
    #[error("the data folder {} is for everybody, as /tmp is: choose a folder of the server's own with --data", dir.display())]
    ForEverybody {
        /// The folder.
        dir: PathBuf,
    },
    /// Another process has taken the folder.
    #[error("the data folder {} is in use by another coderunner", dir.display())]
    InUse {
        /// The folder.
        dir: PathBuf,
    },
    /// The file of records does not open.
    #[error("the records in {} cannot be opened", file.display())]
    Open {
        /// The file.
        file: PathBuf,
        /// Why not.
        #[source]
        source: sqlx::Error,
    },
    /// The address of the records cannot be read.
    #[error(
        "the address of the records is not one: it must look like postgres://user:password@host:5432/database"
    )]
    Url(#[source] sqlx::Error),
    /// The server of records does not let us in.
    #[error(
        "the records at {place} cannot be reached: is PostgreSQL running there, and may we use that database?"
    )]
    Connect {
        /// Host, port and database.
        place: String,
        /// Why not.
        #[source]
        source: sqlx::Error,
    },
    /// The tables could not be brought to the form that this version expects.
    #[error("the tables of the records cannot be brought up to date")]
    Migrate(#[source] sqlx::migrate::MigrateError),
    /// A write failed. It may be repeated: every write of the store is fenced.
    #[error("the records cannot be written")]
    Write(#[source] Arc<sqlx::Error>),
    /// The records cannot be reached at the moment. This passes by itself, or when an operator brings the server of
    /// records, or room on the disk, back. A write may or may not have been made; it may be repeated.
    #[error("the records cannot be reached at the moment")]
    Unavailable(#[source] Arc<sqlx::Error>),
    /// A read failed.
    #[error("the records cannot be read")]
    Read(#[source] sqlx::Error),
    /// A job or completion has no stored form.
    #[error("job {id} cannot be put into its stored form")]
    Encode {
        /// The job.
        id: JobId,
        /// Why not.
        #[source]
        source: serde_json::Error,
    },
    /// A stored job or completion is not what this version writes.
    #[error("the record of job {id} is damaged: its {part} cannot be read back")]
    Decode {
        /// The job.
        id: JobId,
        /// Which part of the record.
        part: &'static str,
        /// Why not.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A newer coderunner wrote this record.
    #[error(
        "the record of job {id} has schema {found}, and this version reads up to {known}: run a newer one"
    )]
    Newer {
        /// The job.
        id: JobId,
        /// The version of the stored form.
        found: i64,
        /// The newest that this code knows.
        known: u16,
    },
    /// The number of a problem is not what this version writes.
    #[error("the record of a problem's number is damaged: its {what} cannot be read back")]
    DamagedNumber {
        /// Which part of it.
        what: &'static str,
    },
    /// The store has been closed.
    #[error("the store is closed")]
    Closed,
}

impl StoreError {
    /// Whether the same may work a little later.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Unavailable(_) => true,
            Self::Connect { source, .. } => !is_refusal(source),
            _ => false,
        }
    }
}

/// Whether a server that was reached does not let us in: who we are and what we ask for has to change.
fn is_refusal(error: &sqlx::Error) -> bool {
    /// PostgreSQL's class of codes for who may connect.
    const NOT_AUTHORIZED: &str = "28";
    /// Its code for a database that there is not.
    const NO_DATABASE: &str = "3D000";
    let sqlx::Error::Database(error) = error else {
        return matches!(error, sqlx::Error::Configuration(_) | sqlx::Error::Tls(_));
    };
    error.code().is_some_and(|code| code.starts_with(NOT_AUTHORIZED) || code == NO_DATABASE)
}
