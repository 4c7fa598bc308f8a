//! Help with errors: from a program's source, its messages and its ending to a plain sentence, a place to mark and a next step.
//!
//! Pure: everything comes in as text, nothing is run or read. For each language there are rules over the source's tokens and over
//! the messages of its interpreter or compiler; a rule is about a kind of mistake. The words are in `catalogue/`, one file per
//! human language.
//!
//! [`explain`] is for a program that failed or was stopped; [`notices`] is for a program that ended well and perhaps did
//! not do what was meant. Neither replaces the original message: it is shown beside it.

mod catalogue;
mod finding;
mod python;
mod report;
mod reports;
mod spelling;

pub use catalogue::Language;
pub use model::{Help, Place};
pub use report::{ReportHelp, help_with_report};

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

/// The rules for a language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rules {
    Python,
    C,
    Java,
    JavaScript,
}

impl Rules {
    /// The rules for the language with this id; none if it has none.
    fn of(language: &str) -> Option<Self> {
        match language {
            "python" => Some(Self::Python),
            "c" | "cpp" => Some(Self::C),
            "java" => Some(Self::Java),
            "javascript" => Some(Self::JavaScript),
            _ => None,
        }
    }

    /// Whether some of them are about programs that end well.
    const fn has_notices(self) -> bool {
        matches!(self, Self::Python)
    }
}

/// Help with the mistake that ended a program in a language of Code Runner, if a rule knows it.
///
/// `language` is the id of the language's file, such as `python` or `cpp`. For a language without rules there is no help.
pub fn explain(language: &str, run: &Run<'_>, words: Language) -> Option<Help> {
    let finding = match Rules::of(language)? {
        Rules::Python => python::explain(run),
        Rules::C => reports::explain_c(run),
        Rules::Java => reports::explain_java(run),
        Rules::JavaScript => reports::explain_javascript(run),
    };
    finding.and_then(|finding| catalogue::put_into_words(finding, run.file, words))
}

/// Notices about a program that ended well: mistakes that raise nothing. At most `max_count`, the most certain ones first.
pub fn notices(language: &str, run: &Run<'_>, words: Language, max_count: usize) -> Vec<Help> {
    let has_notices = Rules::of(language).is_some_and(Rules::has_notices);
    let findings = if has_notices { python::notices(run) } else { Vec::new() };
    let findings = findings.into_iter().take(max_count);
    findings.filter_map(|finding| catalogue::put_into_words(finding, run.file, words)).collect()
}
