//! The nouns of Code Runner.
//!
//! Everything here is plain data: no I/O, no async, no clock of its own except the two constructors that say so
//! ([`JobId::generate`] and [`Timestamp::now`]). The serde derives are the *stored* form, versioned by
//! [`Job::SCHEMA`] and [`Suite::SCHEMA`]; what goes over HTTP is the business of the `wire` crate.

mod address;
mod artifact;
mod attempt;
mod content;
mod digest;
mod event;
mod explanation;
mod file_name;
mod grading;
mod ids;
mod job;
mod large;
mod limits;
mod nested;
mod network;
mod offer;
mod options;
mod outcome;
mod problem;
mod queue;
mod record;
mod session;
mod signal;
mod suite;
mod time;
mod value;
mod verdict;
mod visible;

pub use address::{AddressRule, is_public};
pub use artifact::{Artifact, ArtifactLimits, Artifacts, LeftOut, WhyLeftOut};
pub use attempt::{AttemptEnd, AttemptLog, Moments};
pub use content::{Content, text_beginning, text_end};
pub use digest::{Digest, ParseDigest};
pub use event::{Event, JobEvent, Seq};
pub use explanation::{explain_compiler, explain_ending, explain_ending_in, explain_failure, explain_report};
pub use file_name::{FileNameError, FileNameLimits, NameClash, first_clash, names_clash};
pub use grading::{Grading, GroupResult, Shown, TestResult, pass_rate};
pub use ids::{IdempotencyKey, JobId, LanguageId, ParseJobId, PlanName, RequestId, Tenant, WorkerName};
pub use job::{Job, JobKind, Principal, Priority, SourceFile, Submission, Trust};
pub use large::{ContentPlace, LargeContent};
pub use limits::{Bytes, Cpus, Limits, LimitsRequest, NotAShare};
pub use nested::{NestedJsonError, read_nested};
pub use network::Network;
pub use offer::{Library, Offer, ParseVersionRequirement, VersionNumbers, VersionRange, VersionRequirement};
pub use options::Options;
pub use outcome::{Ending, Outcome, Stream, SystemCall, Transcript, Usage};
pub use problem::{Catalogue, JudgedBy, ParseProblemId, Problem, ProblemId, PublicCase, TestStyle};
pub use queue::{PoolKind, PoolStats, QueueStats, Waiting, WaitingByKind};
pub use record::{Completion, Fault, JobRecord, JobStatus, Report};
pub use session::{Session, SessionSignal, TerminalSize};
pub use signal::{signal_meaning, signal_name};
pub use suite::{
    CallRules, Case, Comparison, CustomGrader, Data, ErrorOutput, Group, GroupRules, IncludedFile, Member,
    OnReject, RejectedScore, ScoreRange, ScoreRule, Scoring, Space, Style, Suite, SuiteError, SuiteFlaw,
    TestCase, TestFile, TestScore, TokenRules, Trial, Validator, ValidatorScores, VerdictRule, Visibility,
};
pub use time::Timestamp;
pub use value::{Call, Integer, ParseInteger, Raised, Returned, Value};
pub use verdict::Verdict;
pub use visible::{is_all_visible, is_visible, quoted, visible};
