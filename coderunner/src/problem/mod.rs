//! Problem packages on the command line: what `verify` and `judge` share.
//!
//! A package may come from anybody: only the crate `package` reads it, its programs run in sandboxes only, and what it says
//! is printed through `show`.

mod contest;
mod entry;
mod examiner;
mod expected;
mod generate;
mod graded;
mod limits;
mod program;
mod progress;
mod schedule;
mod subject;
mod tests_data;

pub(crate) use contest::{Came, Contest, Contestant, Found, Judged, Unit, judge};
pub(crate) use entry::{Entry, NotHere, find as find_language, rank};
pub(crate) use examiner::Examiner;
pub(crate) use expected::words as expected_words;
pub(crate) use generate::{Start, open};
pub(crate) use limits::{cuts, of_submission as submission_limits, of_validator as validator_limits};
pub(crate) use program::{of_answers, of_program};
pub(crate) use progress::Progress;
pub(crate) use schedule::{Given, origin};
pub(crate) use subject::{Subject, format_name};
