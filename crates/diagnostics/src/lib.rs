//! Help with errors: from a program's source, its messages and its ending to a plain sentence, a place to mark and a next step.
//!
//! Pure: everything comes in as text, nothing is run or read. For each language there are rules over the source's tokens and over
//! the messages of its interpreter or compiler; a rule is about a kind of mistake. The words are in `catalogue/`, one file per
//! human language.
//!
//! [`explain_python`] is for a program that failed or was stopped; [`python_notices`] is for a program that ended well and perhaps did
//! not do what was meant. Neither replaces the original message: it is shown beside it.

mod catalogue;
mod help;
mod python;

pub use catalogue::Language;
pub use help::{Help, Place};

/// A run of a program, as far as its help needs it.
#[derive(Debug, Clone, Copy)]
pub struct Run<'a> {
    /// The text of the main file.
    pub source: &'a str,
    /// The name of the main file, as tracebacks end with it (`main.py`).
    pub file: &'a str,
    /// What the program, or its compiler, wrote to standard error.
    pub stderr: &'a str,
    /// The beginning of what it wrote to standard output.
    pub stdout: &'a str,
    /// How it ended.
    pub ending: Ending,
}

/// The ending of a run, as far as help differs by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// It ended by itself, with success.
    Success,
    /// It ended by itself and failed: an error, or an exit code other than 0.
    Failure,
    /// It used more processor time, or was there for longer, than it may.
    TimeLimit,
    /// It used more memory than it may.
    MemoryLimit,
    /// It wrote more than it may.
    OutputLimit,
}

/// Help with the mistake that ended a Python program, if a rule knows it.
pub fn explain_python(run: &Run<'_>, language: Language) -> Option<Help> {
    python::explain(run).and_then(|finding| catalogue::put_into_words(finding, language))
}

/// Notices about a Python program that ended well: mistakes that raise nothing. At most `max_count`, the most certain ones first.
pub fn python_notices(run: &Run<'_>, language: Language, max_count: usize) -> Vec<Help> {
    let findings = python::notices(run).into_iter().take(max_count);
    findings.filter_map(|finding| catalogue::put_into_words(finding, language)).collect()
}
