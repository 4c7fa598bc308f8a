//! Worker library: turns claimed jobs into recorded results (claim, lease a sandbox, run, record, settle).
//!
//! [`Runner`] compiles and runs a submission; `coderunner run` and the canary use it alone. [`Grader`] judges a submission by a suite of
//! tests. Neither knows queues. [`Worker`] does what a queue needs around them. A program's misbehaviour is a result. A failure of ours
//! abandons the attempt, so that another one is made, and is never blamed on the program.

mod advice;
mod artifact_collection;
mod artifacts;
mod attempt;
mod attempt_slots;
mod compile_cache;
mod compile_key;
mod counts;
mod exclusion;
#[cfg(any(test, feature = "fuzzing"))]
#[doc(hidden)]
pub mod fuzzing;
mod grading;
mod large_content;
mod lease_keeper;
mod out_of_memory;
mod output;
mod records;
mod redaction;
mod runner;
mod session;
mod shared;
mod test_data_cache;
mod worker;

pub use compile_cache::{CompileCache, CompileCacheSettings};
pub use judge::suite_run::TestSelection;
/// Input of a running program, for [`Runner::run_live`].
pub use sandbox::{InputMessage, InputSender, LiveIo};

pub use exclusion::Exclusion;
pub use grading::{
    DataError, FeedbackLimits, GradeError, GradeOrder, GradeOutput, Grader, NoTestData, TestData,
    TestObserver, ValidatorLimits,
};
pub use runner::{RunControl, RunError, RunResult, Runner, Sink};
pub use test_data_cache::{MAX_CACHED_FILES, TestDataCache, TestDataCacheSettings};
pub use worker::{ClaimState, Worker, WorkerParts, WorkerSettings};
