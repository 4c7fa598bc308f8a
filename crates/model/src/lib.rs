//! The nouns of Code Runner.
//!
//! Everything here is plain data: no I/O, no async, no clock of its own except the two constructors that say so
//! ([`JobId::generate`] and [`Timestamp::now`]). The serde derives are the *stored* form, versioned by
//! [`Job::SCHEMA`]; what goes over HTTP is the business of the `wire` crate.

mod artifact;
mod content;
mod event;
mod ids;
mod job;
mod limits;
mod outcome;
mod queue;
mod record;
mod session;
mod time;

pub use artifact::{Artifact, ArtifactLimits, Artifacts, LeftOut, WhyLeftOut};
pub use content::Content;
pub use event::{Event, JobEvent, Seq};
pub use ids::{IdempotencyKey, JobId, LanguageId, ParseJobId, PlanName, RequestId, Tenant, WorkerName};
pub use job::{Job, JobKind, Principal, Priority, SourceFile, Submission};
pub use limits::{Bytes, Limits, LimitsRequest};
pub use outcome::{Ending, Outcome, Stream, Transcript, Usage};
pub use queue::{PoolKind, PoolStats, QueueStats, Waiting};
pub use record::{Completion, Fault, JobRecord, JobStatus, Report};
pub use session::{Session, SessionSignal, TerminalSize};
pub use time::Timestamp;
