//! Verification of problem packages on this machine: everything that `coderunner verify` and `judge` do, except for printing.
//!
//! [`load_package`] reads a package and makes the tests that its generators describe. [`judge_candidates`] judges submissions by it, and
//! finds the time limit from them where the package has none. [`verify_package`] judges all submissions of a package, compares the
//! results with what it expects of them, and checks its inputs, output validator and statements.
//!
//! A package may come from anybody: only the crate `package` reads it, and its programs run in sandboxes only. The crate prints nothing
//! and reads no configuration; progress and interruption go through a [`Console`]. Messages name the options of the two commands, since
//! they say what to change.

mod candidate;
mod candidate_runs;
mod console;
mod duplicate_tests;
mod error;
mod input_check;
mod input_description;
mod input_validator;
mod judging;
mod judging_result;
mod large_test_files;
mod loaded_package;
mod local_judge;
mod package_loading;
mod package_programs;
mod path_filter;
mod program_limits;
mod runnable_program;
mod settings;
mod statement_check;
mod submission_report;
mod test_generation;
mod validator_probes;
mod validity;
mod verification;
mod verification_report;

pub use candidate::Candidate;
pub use console::{Console, Progress};
pub use error::{GenerationError, LoadError};
pub use input_check::{InputReport, RejectedInput};
pub use judging::{BackgroundTask, judge_candidates};
pub use judging_result::{JudgedSubmission, JudgingResult, SubmissionOutcome, SubmissionReport};
pub use large_test_files::LargeTestFiles;
pub use loaded_package::LoadedPackage;
pub use local_judge::LocalJudge;
pub use package_loading::{LazyLocalJudge, load_package};
pub use path_filter::{InvalidPattern, PathFilter};
pub use program_limits::Ceilings;
pub use runnable_program::{NotRunnable, RunnableProgram, available_language, main_file_rank};
pub use settings::Settings;
pub use verification::{PackageCheck, VerificationError, VerificationOptions, verify_package};
pub use verification_report::{
    Conclusion, LimitOrigin, PackageReport, StatusCounts, SubmissionStatus, UnavailablePolicy, Verification,
};
