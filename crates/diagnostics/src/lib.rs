//! Help with errors: from a program's source, its messages and its ending to a plain sentence, a place to mark and a next step.
//!
//! Pure: everything comes in as text, nothing is run or read. For each language there are rules over the source's tokens and over
//! the messages of its interpreter or compiler; a rule is about a kind of mistake. The words are in `catalogue/`, one file per
//! human language.
//!
//! [`explain`] is for a program that failed or was stopped; [`notices`] is for a program that ended well and perhaps did
//! not do what was meant. Neither replaces the original message: it is shown beside it.

mod catalogue;
mod explanation;
mod finding;
mod limits;
mod python;
mod report;
mod reports;
mod run;
mod spelling;
mod terminal;

pub use catalogue::Language;
pub use explanation::{explain, notices};
pub use model::{Help, Place};
pub use report::{MAX_NOTICES, ReportHelp, help_with_report, help_with_verdict};
pub use run::{Ending, Run};
pub use terminal::texts_for_terminal;
