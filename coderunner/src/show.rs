//! Output of the commands about problems: escaped text, tables, and words for verdicts and times.

mod escape;
mod stdout;
mod table;
mod words;

pub(crate) use escape::{block, json, line};
pub use stdout::print;
pub(crate) use stdout::warn;
pub(crate) use table::{Cell, Table};
pub(crate) use words::{count_text, judgement, seconds, size, time_of, verdict};

use anstyle::{AnsiColor, Style};

/// Success.
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
/// Failure.
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();
/// Unknown results.
pub(crate) const UNSURE: Style = AnsiColor::Yellow.on_default();
/// Secondary text.
pub(crate) const FAINT: Style = Style::new().dimmed();
/// Section headings.
pub(crate) const HEADING: Style = Style::new().bold();

/// The text in this style. Whether colours are shown is decided where it is printed: at a terminal, without `NO_COLOR`.
pub(crate) fn styled(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}
