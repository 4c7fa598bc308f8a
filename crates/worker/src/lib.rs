//! Turns claimed jobs into recorded results: claim, lease a sandbox, run, record, settle.
//!
//! [`Runner`] knows how a submission is compiled and run, and nothing of queues; `coderunner run` and the canary use it
//! alone. [`Grader`] judges by a suite of tests, and knows nothing of queues either. [`Worker`] does what a queue needs around it. A program's misbehaviour is a report; a fault of ours abandons the
//! attempt, so that another one is made, and never becomes the program's.

mod advice;
mod artifacts;
mod attempt;
mod compile_cache;
mod compile_key;
mod counts;
mod exclusion;
#[cfg(any(test, feature = "fuzzing"))]
#[doc(hidden)]
pub mod fuzzing;
mod grading;
mod held;
mod large;
mod left_behind;
mod output;
mod records;
mod runner;
mod session;
mod shelf;
mod shortage;
mod withheld;
mod worker;

pub use compile_cache::{CompileCache, CompileCacheSettings};
pub use judge::suite_run::TestSelection;

pub use exclusion::Exclusion;
pub use grading::{
    DataError, FeedbackLimits, GradeError, GradeOrder, Graded, Grader, NoTestData, TestData, Told,
    ValidatorLimits,
};
pub use runner::{Hold, Ran, RunError, Runner, Sink};
pub use shelf::{MOST_KEPT_FILES, Shelf, ShelfSettings};
pub use worker::{Duty, Parts, Worker, WorkerSettings};
