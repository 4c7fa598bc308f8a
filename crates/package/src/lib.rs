//! Problem packages: lessons and Kattis/ICPC problems, read from a folder or a zip that may come from anybody.
//!
//! ```no_run
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use package::{Caps, Package, Pandoc, Renderer};
//!
//! let package = Package::open("problems/sum".as_ref(), Caps::default())?;
//! for warning in &package.warnings {
//!     eprintln!("{warning}");
//! }
//! let renderer = Renderer { images_at: "/api/problems/sum/files/".to_owned(), pandoc: Pandoc::find() };
//! let html = renderer.html(&package, &package.statements[0])?;
//! # Ok(())
//! # }
//! ```
//!
//! A [`Package`] is the same type for every format, faithful to what the package says; whatever is odd about it is a [`Warning`], and
//! what makes no sense is a [`PackageError`] with file, line, key and what to change. Content stays where it is: a [`File`] is a
//! name, and [`Tree::open`] gives a reader, so that tests may be larger than memory. The tree never leaves the package, and each of
//! its [`Caps`] has a name.
//!
//! Importing a problem takes [`Package::suite`], which leaves large tests to be stored as objects, and a [`Renderer`]. Verifying one runs each of
//! [`Package::submissions`], asks [`TimeRule::limit`] for the time limit with the times of those whose [`Expectation::time`] bounds
//! it, and asks [`unmet`] what is not as expected; both are pure functions. A submission that must be too slow is run up to
//! [`TimeLimit::sure`].
//!
//! Tests that a package has made by programs are planned ([`Package::ungenerated`]): whoever runs these opens the package again
//! with what they made.
//!
//! Nothing is executed here but pandoc, for statements in TeX. Whether validators judge well, and whether tests are valid, is for
//! those who run them.

mod caps;
mod constants;
mod error;
mod expected;
mod generators;
mod kattis;
mod language;
mod leftovers;
mod lesson;
mod load;
mod odd_text;
mod package;
pub mod regular;
mod settings;
mod statement;
mod suite;
mod tests;
mod time_limit;
mod tree;
mod warning;

pub use caps::Caps;
pub use constants::Constants;
pub use error::PackageError;
pub use expected::{CaseResult, Expectation, Judgement, Judgements, SubmissionResult, unmet};
pub use generators::{PlannedAnswer, PlannedInput, PlannedTest};
pub use kattis::TimeUse;
pub use language::{language_of_code, language_of_file};
pub use package::{
    About, Build, DEFAULT_MEMORY, DEFAULT_OUTPUT, Format, Kind, Package, ProblemLimits, Program, Submission,
    Validation,
};
pub use statement::{Form, Pandoc, PandocError, Renderer, Source, Statement, StatementError};
pub use suite::{Converted, SuiteProblem, answers_program};
pub use tests::{
    Aggregation, Case, Content, Expected, Grader, Grading, Group, GroupSettings, InputFlags, Item, OnReject,
    Points, ScoreMode, Shown, StaticTest, Test, VerdictMode, Visibility,
};
pub use time_limit::{Margins, Measured, TimeLimit, TimeRule, TimeRuleError};
pub use tree::{File, Folder, Made, Tree, TreeError};
pub use warning::Warning;
