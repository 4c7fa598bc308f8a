//! What the commands about problems print: text of others made harmless, tables, and our words for verdicts and times.

mod clean;
mod out;
mod table;
mod words;

pub(crate) use clean::{block, json, line};
pub use out::print;
pub(crate) use out::warn;
pub(crate) use table::{Cell, Table};
pub(crate) use words::{counted, judgement, seconds, size, time_of, verdict};

use anstyle::{AnsiColor, Style};

/// What is as it should be.
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
/// What is not.
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();
/// What could not be found out.
pub(crate) const UNSURE: Style = AnsiColor::Yellow.on_default();
/// What is said beside.
pub(crate) const FAINT: Style = Style::new().dimmed();
/// What a section begins with.
pub(crate) const HEADING: Style = Style::new().bold();

/// The text in this style. Whether colours are shown is decided where it is printed: at a terminal, without `NO_COLOR`.
pub(crate) fn styled(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}
