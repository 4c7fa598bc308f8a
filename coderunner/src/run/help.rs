//! Help with mistakes at a terminal, in the language of the locale, before the original messages that are not shown yet.

use std::env;

use diagnostics::{Language, ReportHelp, help_with_report, text_for_terminal};
use model::{Help, Report, Submission};

use crate::show;

/// The most notices of one run.
const MAX_NOTICES: usize = 3;

/// Help with a run and its compilation, in the language of the locale.
pub(super) fn of(report: &Report, submission: &Submission) -> ReportHelp {
    help_with_report(submission, report, language(), MAX_NOTICES)
}

/// Prints help with the mistake, and notices about a run that ended well.
pub(super) fn print(help: &ReportHelp, submission: &Submission) {
    for one in help.mistake.iter().chain(&help.notices) {
        eprintln!("coderunner: {}\n", show::block(&text_for_terminal(one, source(one, submission))));
    }
}

/// The text of the file that help is about.
fn source<'a>(help: &Help, submission: &'a Submission) -> &'a str {
    let is_named = |name: &str| name.rsplit('/').next() == Some(help.file.as_str());
    let files = &submission.files;
    let file = files.iter().find(|file| is_named(&file.name)).or(files.first());
    file.and_then(|file| file.content.as_text()).unwrap_or_default()
}

/// The language of messages, as POSIX finds it.
fn language() -> Language {
    let names = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter();
    let locale = names.filter_map(|name| env::var(name).ok()).find(|value| !value.is_empty());
    locale.and_then(|locale| Language::of_tag(&locale)).unwrap_or_default()
}
