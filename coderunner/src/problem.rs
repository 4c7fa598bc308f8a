//! Problem packages on the command line: what `verify` and `judge` share.
//!
//! A package may come from anybody: only the crate `package` reads it, its programs run in sandboxes only, and what it says
//! is printed through `show`.

mod expectation_text;
mod generate;
mod judging;
mod large_tests;
mod limits;
mod loaded_package;
mod local_judge;
mod package_programs;
mod progress;
mod runnable_program;
mod schedule;
mod submission_result;

pub(crate) use expectation_text::words as expected_words;
pub(crate) use generate::{LocalJudgeConfig, open};
pub(crate) use judging::{
    BackgroundTask, Candidate, JudgedSubmission, JudgingResult, SubmissionOutcome, SubmissionReport, judge,
};
pub(crate) use limits::{cuts, of_submission as submission_limits, of_validator as validator_limits};
pub(crate) use loaded_package::{LoadedPackage, format_name};
pub(crate) use local_judge::LocalJudge;
pub(crate) use package_programs::{of_answers, of_program};
pub(crate) use progress::Progress;
pub(crate) use runnable_program::{NotRunnable, RunnableProgram, find as find_language, rank};
pub(crate) use schedule::{LimitSource, origin};
