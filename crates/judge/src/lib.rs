//! Judging: pure functions that turn the outcome of a run into a verdict, a score and a grading.
//!
//! Nothing here runs a program, waits or opens a file. Functions read from the streams that they are given
//! and return values. A fault of the submission is a [`model::Verdict`]. An unreadable stream is an `Err`, a
//! fault of the caller, and never becomes a verdict. A fault of a validator is a judge error.
//!
//! # How a worker judges a submission
//!
//! 1. Read the suite: [`model::Suite::from_bytes`] also checks it. Test data stored as objects
//!    ([`model::TestContent::Object`]) is fetched when its test is due.
//! 2. Compile once, with [`model::Suite::included`] beside the submitted files. If that fails,
//!    [`suite_run::SuiteRun::result_without_runs`] is the result.
//! 3. Ask [`suite_run::SuiteRun::next_step`] for the next test. It names one test, or returns the result.
//! 4. Run the test in the submission's sandbox, with a clean work folder and the test's files and arguments.
//!    [`verdict::rerun`] decides from the verdict whether the run hit a limit only narrowly; if so, run the
//!    test once more in another sandbox with nothing beside it, and use that run.
//! 5. Judge the run, by the style of the suite:
//!    - *Streams*: [`verdict::run_error`]; if the run ended well, [`compare::compare`] and its
//!      [`compare::ComparisonResult::verdict`]. The rules are the test's own, or else the style's.
//!    - *Calls*: run the command of `languages::Language::harness_run` instead of the program; [`calls::judge_call`]
//!      judges the run and its whole standard output.
//!    - *Validated*: [`verdict::run_error`], then the validator, in a sandbox of its own: `validator in ans
//!      feedback/ args < output`. Collect [`validator::Feedback::FILES`]; [`validator::interpret`] reads
//!      them.
//!    - *Interactive*: both run at once, each with its own limits; [`interaction::judge_interaction`] judges
//!      how they ended.
//!
//!    [`validator::ValidatorResult::NextPass`] sends the last two back to step 4 with another input.
//! 6. Call [`suite_run::SuiteRun::record`], publish whether the test passed, keep a [`grading::TestRecord`],
//!    and go to step 3.
//! 7. If the problem has a grader of its own, [`custom_grader::CustomGrading`] prepares its runs and takes
//!    its output. [`grading::build_grading`] then builds the record, which is for staff.
//!    [`redact::for_submitter`] is the part that the submitter may see. Nothing else may turn a grading into
//!    an answer to a submitter.
//!
//! `tests/submission.rs` follows these steps with programs that are functions.
//!
//! # Formats
//!
//! Comparison, validators, groups and scores follow the Kattis problem package format, legacy and 2025-09.
//! Where the format leaves something open, each module documents the choice. Package files are read by the
//! crate `package`.

pub mod calls;
pub mod compare;
pub mod custom_grader;
pub mod diff;
pub mod grading;
pub mod interaction;
mod prompt;
pub mod redact;
pub mod suite_run;
pub mod validator;
pub mod values;
pub mod verdict;
