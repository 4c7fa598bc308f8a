//! A report: the first error of a compiler or runtime, read from its messages, with the source line that it is about.

/// The first error that a compiler or runtime reported in the main file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Report<'a> {
    pub(super) line: u32,
    pub(super) column: Option<u32>,
    /// The message, with straight quotes.
    pub(super) message: String,
    /// The text of the source line.
    pub(super) source_line: &'a str,
}

/// Whether a line has a word, not as a part of another one.
pub(super) fn has_word(line: &str, word: &str) -> bool {
    line.split(|letter: char| !letter.is_alphanumeric() && letter != '_').any(|part| part == word)
}

pub(super) fn source_line(source: &str, line: u32) -> &str {
    (line as usize).checked_sub(1).and_then(|at| source.lines().nth(at)).unwrap_or("")
}
