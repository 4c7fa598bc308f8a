//! What goes over HTTP: the bodies of requests, answers and errors, and how the nouns of `model` are written in them.
//!
//! Nothing here decides anything: what a request may say is checked by the service that takes it. The shapes are a
//! promise to clients: fields are added, never renamed or removed, and unknown fields in a request are refused by name.

mod artifact;
mod attempt;
mod batch;
mod event;
mod grading;
mod health;
mod help;
mod json;
mod language;
mod problem;
mod queue;
mod request;
mod result;
mod session;
mod task;
mod text;
mod time;
mod webhook;

pub use artifact::{ArtifactBody, percent_encoded, why_left_out};
pub use attempt::{AttemptBody, AttemptsBody};
pub use batch::{
    BATCH_ADMITTED, BATCH_PATH, BATCH_RETRY_AFTER, BatchAnswerBody, BatchBody, BatchItemBody, ResultsBody,
    ResultsQuery, batch_size,
};
pub use event::{OutputData, QueuedData, StartedData, StreamEvent, StreamName, TestData};
pub use grading::{GradingBody, HiddenTestBody, MostUsedBody, PublicTestBody, TestResultBody, VerdictName};
pub use health::{Health, HealthStatus, Ready, ReadyStatus};
pub use help::{HelpBody, PlaceBody};
pub use json::Json;
pub use language::{LanguageBody, LanguageLimitsBody, LanguagesBody, LibraryBody, OptionBody};
pub use model::signal_name;
pub use problem::{FieldError, PROBLEM_JSON, Problem, ProblemKind};
pub use queue::{PoolBody, QueueBody, Shedding, WaitingBody};
pub use request::{
    FileBody, GradeBody, LimitsBody, NetworkName, OptionValue, OptionsBody, PriorityName, ProblemRef,
    SubmitBody, WaitQuery,
};
pub use result::{
    AcceptedBody, CancellingBody, CancellingStatus, CompileBody, Kind, PoolName, ResultBody, RunBody,
    RunReason, Status, WaitingFor,
};
pub use session::{
    ClientFrame, ErrorFrame, FinishedFrame, NoFieldsBody, QueuedFrame, SessionFrame, SignalBody, SignalName,
    StartBody, StartedFrame, StdinBody, TerminalBody,
};
pub use task::{
    HintBody, PageQuery, StyleName, TaskBody, TaskLimitsBody, TaskSummaryBody, TaskTestBody, TasksBody,
};
pub use text::{Encoding, written};
pub use time::{millis, rfc3339};
pub use webhook::{WebhookBody, WebhookData, WebhookMessage};
