//! Help with a mistake in a program: its kind, its place in the source, and words for learners.

/// A place in a source file. Lines and columns are counted from 1, columns in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The line.
    pub line: u32,
    /// The first character that is meant; none if the whole line is.
    pub column: Option<u32>,
    /// The character after the last one that is meant.
    pub end_column: Option<u32>,
}

impl Place {
    /// A whole line.
    pub const fn line(line: u32) -> Self {
        Self { line, column: None, end_column: None }
    }

    /// Characters of a line, `end_column` excluded.
    pub const fn columns(line: u32, column: u32, end_column: u32) -> Self {
        Self { line, column: Some(column), end_column: Some(end_column) }
    }
}

/// Help with a mistake, ready to be shown beside the original message.
///
/// `code` names the kind of mistake in every language (`missing-colon`), for programs and statistics. The three texts are plain
/// text; code is quoted in backticks in them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Help {
    /// The kind of mistake.
    pub code: &'static str,
    /// The file of the submission that the places are in.
    pub file: String,
    /// The place to mark.
    pub place: Place,
    /// Other places that belong to the mistake, such as the line that overwrote a function.
    pub related: Vec<Place>,
    /// The mistake in a few words.
    pub title: String,
    /// One to three sentences on the cause.
    pub text: String,
    /// The step to try next.
    pub next: String,
    /// The language of the words, as in BCP 47.
    pub lang: &'static str,
}
