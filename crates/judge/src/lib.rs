//! Verdicts out of facts: what is between running a program and writing down what it is worth.
//!
//! Everything here is pure. It runs nothing, waits for nothing and knows no files: it reads from the streams that it is given
//! and gives back values. A submission misbehaving is a [`model::Verdict`]; a stream that cannot be read is an `Err`, and
//! the caller's own fault, from which no verdict is ever made. A validator misbehaving is a judge error.
//!
//! # How a worker judges a submission
//!
//! 1. Read the suite: [`model::Suite::from_bytes`] checks it too. Bytes of tests that are objects
//!    ([`model::Data::Object`]) are fetched when their test comes.
//! 2. Compile, once, with [`model::Suite::included`] put beside the submitted files. If that fails,
//!    [`course::Course::without_running`] is the result.
//! 3. Ask [`course::Course::step`] what to run. It names one test, or is done.
//! 4. Run it in the submission's sandbox, with a clean work folder, the test's files and arguments.
//!    Ask [`decide::rerun`], with the verdict, whether a limit ended it and hardly was passed; if so, run the test once more, in
//!    another sandbox and with nothing beside it, and take that run.
//! 5. Judge the run, by the style of the suite:
//!    - *Streams*: [`decide::decide`], which asks for the comparison ([`compare::compare`]) only if the run ended well. The
//!      rules are the test's own, or else the style's.
//!    - *Calls*: run what `languages::Language::calling` says instead of the program; [`calls::judge`] judges the run and what is on
//!      its standard output, all of which it needs.
//!    - *Validated*: [`decide::error_of_run`], then the validator, in a sandbox of its own: `validator in ans
//!      feedback/ args < output`. Bring out [`validator::Feedback::FILES`] and let [`validator::understand`] read them.
//!    - *Interactive*: both run at once, each with its own limits; [`interaction::interaction`] judges how they ended.
//!
//!    [`validator::Said::NextPass`] sends the last two back to 4 with another input.
//! 6. Tell [`course::Course::record`], publish that the test passed or not, keep a [`grade::Ran`], and go to 3.
//! 7. When it is done, and the problem has a grader of its own, [`custom::Regrade`] says what to ask it. Then [`grade::grading`] puts the record together. It is for staff; [`hide::for_submitter`] is what the
//!    submitter may see of it. Nothing else may turn a grading into an answer to a submitter.
//!
//! `tests/submission.rs` goes this way with programs that are functions.
//!
//! # Formats
//!
//! The comparison, validators, groups and scores are those of the Kattis problem package format, legacy and 2025-09, where
//! they leave nothing open; where they do, each module says what we do. The reading of package files is not here.

pub mod calls;
pub mod compare;
pub mod course;
pub mod custom;
pub mod decide;
pub mod diff;
pub mod grade;
pub mod hide;
pub mod interaction;
mod prompt;
pub mod validator;
pub mod values;
