//! What goes over HTTP: the bodies of requests, answers and errors, and how the nouns of `model` are written in them.
//!
//! Nothing here decides anything: what a request may say is checked by the service that takes it. The shapes are a
//! promise to clients: fields are added, never renamed or removed, and unknown fields in a request are refused by name.

mod artifact;
mod event;
mod health;
mod language;
mod problem;
mod queue;
mod request;
mod result;
mod session;
mod signal;
mod text;
mod time;

pub use artifact::{ArtifactBody, percent_encoded, why_left_out};
pub use event::{OutputData, QueuedData, StartedData, StreamName};
pub use health::{Health, HealthStatus, Ready, ReadyStatus};
pub use language::{LanguageBody, LanguagesBody};
pub use problem::{FieldError, PROBLEM_JSON, Problem, ProblemKind};
pub use queue::{PoolBody, QueueBody, Shedding, WaitingBody};
pub use request::{FileBody, LimitsBody, PriorityName, ProblemRef, SubmitBody, WaitQuery};
pub use result::{
    AcceptedBody, CancellingBody, CancellingStatus, CompileBody, Kind, PoolName, ResultBody, RunBody,
    RunReason, Status,
};
pub use session::{SessionFrame, SignalBody, SignalName, StdinBody, TerminalBody};
pub use signal::signal_name;
pub use text::Encoding;
pub use time::rfc3339;
