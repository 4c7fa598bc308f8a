//! Store of records and objects: the durable state of every job, in SQLite or PostgreSQL, with artifacts in a
//! folder or an S3 bucket.
//!
//! A job's record is committed before its client is told that the job was accepted, and it is completed once,
//! by the attempt that runs it. Everything else (queue, events, caches) can be lost and rebuilt from the
//! records. The store does not queue, retry or decide.
//!
//! Records are in a SQLite file of this process or in a PostgreSQL that many processes share; [`Store`] is the
//! same for both.
//!
//! Reads are not cached. An unfinished record may change at any moment, and a finished one is read about once
//! more, by the client that waited for it. Suites of problems, which are read repeatedly, never change; the
//! worker caches them.
//!
//! Invariants: a finished record never changes; attempt numbers in a record only grow; a write that returned
//! survives a power loss.

mod attempt_log;
mod codec;
mod data_lock;
mod engine;
mod error;
mod migrations;
mod objects;
mod outcomes;
mod permissions;
mod problem_numbers;
mod reads;
mod server_key;
mod shares;
mod store;
mod webhooks;
mod writer;
mod writes;

pub use data_lock::DataLock;
pub use engine::postgres::PostgresSettings;
pub use error::StoreError;
pub use objects::Object;
pub use objects::{
    Objects,
    content_objects::ContentObject,
    error::ObjectsError,
    job_scan::JobScan,
    keys::{ContentKey, ObjectKey},
};
pub use outcomes::{
    BeginOutcome, CompleteOutcome, DeleteOutcome, JobProgress, RecordCancelOutcome, RequeueOutcome,
    SubmitOutcome, UnfinishedJob,
};
pub use problem_numbers::{PackageKey, ProblemNumber};
pub use server_key::server_key;
pub use shares::Share;
pub use store::Store;
pub use webhooks::DueWebhook;
