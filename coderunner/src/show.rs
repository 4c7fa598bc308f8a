//! Output of the commands about problems: escaped text, tables, and words for times and sizes.

mod progress;
mod stdout;
mod table;
mod words;

pub(crate) use model::{
    terminal::{block, json, line},
    wording::{count_text, seconds},
};
pub(crate) use progress::TerminalConsole;
pub use stdout::print;
pub(crate) use stdout::warn;
pub(crate) use table::{Cell, Table};
pub(crate) use words::{size, time_of};

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
