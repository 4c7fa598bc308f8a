//! Execution service: accepts programs to run or to judge, and returns their results over HTTP, server-sent events and `WebSockets`.
//!
//! A submission is validated, recorded and then enqueued; the response 202 means that its record is durable. Workers claim jobs from
//! the queue, so nothing runs here. Authentication is the gateway's: it puts a `model::Principal` and a `model::RequestId` into the
//! extensions of a request. The service works without them, too.
//!
//! | module | content |
//! |---|---|
//! | `submit` | validation, admission control, records, and the routes that submit |
//! | `results` | reading and deleting results and artifacts |
//! | `job_watch`, `stream`, `cancel` | waiting for a job, following its events, cancelling it |
//! | `live_sessions` | `WebSockets` to a running program |
//! | `shares` | shared programs, which are stored and never run |
//! | `reconciliation` | consistency of records and queue, retention, orphaned objects |
//! | `routes` | the router, and routes about the installation |
//!
//! Invariant: the record is authoritative, and the queue is an index over the records. The [`Reconciler`] enqueues every recorded job
//! that is neither finished nor in the queue; a rejected submission leaves no unfinished record.

mod caller;
mod cancel;
mod document;
mod error;
#[cfg(any(test, feature = "fuzzing"))]
#[doc(hidden)]
pub mod fuzzing;
mod help_language;
mod job_watch;
mod live_sessions;
mod parameters;
mod reconciliation;
mod results;
mod routes;
mod service;
mod service_metrics;
mod settings;
mod shares;
mod shutdown;
mod stream;
mod submit;

pub(crate) use error::ApiError;
pub use reconciliation::Reconciler;
pub use routes::{forwarding_routes, operators, router};
pub use service::{Execution, ExecutionParts};
pub use settings::{
    MaxLimits, PlainHttp, SessionSettings, Settings, ShareSettings, SubmissionLimits, WebhookRules,
};
pub use shutdown::Shutdown;
pub use submit::{AdmissionControl, MissingPoolPolicy, Pools};
