//! HTTP types: bodies of requests, responses and errors, with conversions from the types of `model`.
//!
//! There is no logic here: services validate the requests. The shapes are a promise to clients: fields are added, never renamed or
//! removed, and unknown fields in a request are refused by name.

mod artifact;
mod attempt;
mod batch;
mod event;
mod grading;
mod health;
mod help;
mod json;
mod language;
mod picture;
mod problem;
mod problem_details;
mod queue;
mod request;
mod result;
mod session;
mod share;
mod text;
mod time;
mod webhook;

pub use artifact::{ArtifactBody, explain_omitted, percent_encoded};
pub use attempt::{AttemptBody, AttemptsBody};
pub use batch::{
    BATCH_ADMITTED_HEADER, BATCH_PATH, BATCH_RETRY_AFTER_HEADER, BatchBody, BatchItemBody, BatchResponseBody,
    ResultsBody, ResultsQuery, batch_size,
};
pub use event::{OutputData, QueuedData, StartedData, StreamEvent, StreamName, TestResultData};
pub use grading::{GradingBody, HiddenTestBody, PeakUsageBody, PublicTestBody, TestResultBody, VerdictName};
pub use health::{HealthBody, HealthStatus, ReadinessBody, ReadinessStatus};
pub use help::{HelpBody, HelpLanguageName, LanguageQuery, PlaceBody};
pub use json::Json;
pub use language::{LanguageBody, LanguageLimitsBody, LanguagesBody, LibraryBody, OptionBody};
pub use model::signal_name;
pub use picture::{DrawData, ImageData};
pub use problem::{
    HintBody, PageQuery, ProblemBody, ProblemLimitsBody, ProblemSummaryBody, ProblemTestBody, ProblemsBody,
    TestStyleName,
};
pub use problem_details::{FieldError, PROBLEM_JSON, ProblemDetails, ProblemType};
pub use queue::{LoadShedding, PoolBody, QueueBody, QueueLengthsBody};
pub use request::{
    FileBody, GradeBody, LimitsBody, NetworkName, OptionValue, OptionsBody, PriorityName, ProblemRef,
    SubmitBody, WaitQuery,
};
pub use result::{
    AcceptedBody, CancellingBody, CancellingStatus, CompileBody, JobKindName, JobStatusName, PoolName,
    ResultBody, RunBody, RunReason, WaitReason,
};
pub use session::{
    ClientFrame, EmptyBody, ErrorFrame, FinishedFrame, QueuedFrame, ServerFrame, SignalBody, SignalName,
    StartBody, StartedFrame, StdinBody, TerminalBody,
};
pub use share::{ShareBody, ShareCreatedBody, SharedProgramBody};
pub use text::{Encoding, encode_text};
pub use time::{millis, rfc3339};
pub use webhook::{WebhookBody, WebhookData, WebhookMessage};
