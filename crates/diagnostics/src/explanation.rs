//! Explanations: the rules of the program's language, asked in turn, and their finding put into words.

use model::Help;

use crate::{
    catalogue::{self, Language},
    limits, python, reports,
    run::Run,
};

/// The rules for a language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rules {
    Python,
    C,
    Java,
    JavaScript,
}

impl Rules {
    /// The rules for the language with this id; none if it has none.
    pub(crate) fn of(language: &str) -> Option<Self> {
        match language {
            "python" => Some(Self::Python),
            "c" | "cpp" => Some(Self::C),
            "java" => Some(Self::Java),
            "javascript" => Some(Self::JavaScript),
            _ => None,
        }
    }

    /// Whether some of them are about programs that end well.
    pub(crate) const fn has_notices(self) -> bool {
        matches!(self, Self::Python)
    }
}

/// Help with the mistake that ended a program in a language of Code Runner, if a rule knows it.
///
/// `language` is the id of the language's file, such as `python` or `cpp`. For a language without rules there is help with limits only.
pub fn explain(language: &str, run: &Run<'_>, words: Language) -> Option<Help> {
    let finding = Rules::of(language).and_then(|rules| match rules {
        Rules::Python => python::explain(run),
        Rules::C => reports::explain_c(run),
        Rules::Java => reports::explain_java(run),
        Rules::JavaScript => reports::explain_javascript(run),
    });
    finding
        .or_else(|| limits::explain(run))
        .and_then(|finding| catalogue::put_into_words(finding, run.file, words))
}

/// Notices about a program that ended well: mistakes that raise nothing. At most `max_count`, the most certain ones first.
pub fn notices(language: &str, run: &Run<'_>, words: Language, max_count: usize) -> Vec<Help> {
    let has_notices = Rules::of(language).is_some_and(Rules::has_notices);
    let findings = if has_notices { python::notices(run) } else { Vec::new() };
    let findings = findings.into_iter().take(max_count);
    findings.filter_map(|finding| catalogue::put_into_words(finding, run.file, words)).collect()
}
