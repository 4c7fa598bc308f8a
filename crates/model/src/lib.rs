//! Domain types: jobs, limits, outcomes, suites of tests, verdicts, ids.
//!
//! Everything here is plain data: no I/O, no async, and no clock except in the two constructors [`JobId::generate`] and
//! [`Timestamp::now`]. The serde derives define the *stored* form, versioned by [`Job::SCHEMA`] and [`Suite::SCHEMA`].
//! The HTTP form is defined by the crate `wire`.

mod address;
mod artifact;
mod attempt;
mod content;
mod digest;
mod event;
mod explanation;
mod file_name;
mod grading;
mod help;
mod ids;
mod job;
mod large;
mod limits;
mod nested;
mod network;
mod options;
mod outcome;
mod picture;
mod pool;
mod problem;
mod queue;
mod record;
mod session;
mod signal;
mod submission;
mod suite;
pub mod terminal;
mod time;
mod toolchain;
mod value;
mod verdict;
mod visible_text;
pub mod wording;

pub use address::{AddressRule, is_public};
pub use artifact::{Artifact, ArtifactLimits, Artifacts, OmissionReason, OmittedFiles};
pub use attempt::{AttemptEnd, AttemptLog, AttemptTimestamps};
pub use content::{Content, utf8_prefix, utf8_suffix};
pub use digest::{Digest, ParseDigestError};
pub use event::{Event, JobEvent, Seq};
pub use explanation::{
    explain_compiler, explain_ending, explain_failure, explain_report, explain_session_ending,
};
pub use file_name::{FileNameError, FileNameLimits, NameClash, first_clash, names_clash};
pub use grading::{Grading, GroupResult, TestDetails, TestResult, pass_rate};
pub use help::{Help, Place};
pub use ids::{IdempotencyKey, JobId, LanguageId, ParseJobIdError, PlanName, RequestId, Tenant, WorkerName};
pub use job::{Job, JobKind, Principal, Priority, Trust};
pub use limits::{Bytes, Cpus, InvalidCpus, Limits, LimitsRequest};
pub use nested::{NestedJsonError, read_nested};
pub use network::Network;
pub use options::LanguageOptions;
pub use outcome::{Ending, Outcome, Stream, SystemCall, Transcript, Usage};
pub use picture::{
    DrawCommand, InlineImage, InvalidDrawCommand, PICTURES_VARIABLE, Picture, PictureLimit, PictureLimits,
};
pub use pool::PoolKind;
pub use problem::{Catalogue, ParseProblemIdError, Problem, ProblemId, PublicTest, SuiteRef, TestStyle};
pub use queue::{PoolStats, QueueLengths, QueueLengthsByKind, QueueStats};
pub use record::{Completion, Fault, JobRecord, JobStatus, Report};
pub use session::{SessionOptions, SessionSignal, TerminalSize};
pub use signal::{signal_meaning, signal_name};
pub use submission::{LargeContent, SourceFile, Submission, SubmissionPart};
pub use suite::{
    CallRules, CaseRule, Comparison, CustomGrader, ErrorOutput, GroupMember, GroupRules, IncludedFile,
    JudgingStyle, OnReject, RejectedScore, ScoreRange, ScoreRule, Scoring, Suite, SuiteError, SuiteFlaw,
    TestCase, TestContent, TestFile, TestGroup, TestKind, TestScore, TokenRules, Validator, ValidatorScores,
    VerdictRule, Visibility, WhitespaceRule,
};
pub use time::Timestamp;
pub use toolchain::{
    Library, ParseVersionRequirementError, ToolchainInfo, VersionNumbers, VersionRange, VersionRequirement,
};
pub use value::{Call, CallResult, Exception, Integer, ParseIntegerError, Value};
pub use verdict::Verdict;
pub use visible_text::{escape_invisible, is_all_visible, is_visible, quoted};
