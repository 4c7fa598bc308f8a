//! Help with one mistake: a code, a place in the source, and words in the reader's language.

use std::fmt::Display;

use crate::python::Token;

/// A place in a source file. Lines and columns are counted from 1, columns in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The line, from 1.
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

    /// Characters of a line, the last one excluded.
    pub const fn columns(line: u32, column: u32, end_column: u32) -> Self {
        Self { line, column: Some(column), end_column: Some(end_column) }
    }
}

/// Help with a mistake, ready to be shown.
///
/// `code` names the kind of mistake in every language (`missing-colon`), for programs and statistics. The three texts are plain
/// text, written for learners; code is quoted in backticks in them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Help {
    /// The kind of mistake.
    pub code: &'static str,
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

/// A mistake as a rule has found it, before it is put into words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) code: &'static str,
    pub(crate) place: Place,
    pub(crate) related: Vec<Place>,
    pub(crate) values: Vec<(&'static str, Value)>,
}

/// A value in a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    /// Text of the program or of a message, shown as it is.
    Verbatim(String),
    /// A key of the catalogue's words, such as the name of a type.
    Word(String),
}

impl Finding {
    pub(crate) fn new(code: &'static str, place: Place) -> Self {
        Self { code, place, related: Vec::new(), values: Vec::new() }
    }

    /// A finding at a token.
    pub(crate) fn at_token(code: &'static str, token: &Token<'_>) -> Self {
        Self::new(code, Place::columns(token.line, token.column, token.end_column))
    }

    pub(crate) fn on_line(code: &'static str, line: u32) -> Self {
        Self::new(code, Place::line(line))
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl Display) -> Self {
        self.values.push((name, Value::Verbatim(value.to_string())));
        self
    }

    pub(crate) fn with_word(mut self, name: &'static str, key: impl Into<String>) -> Self {
        self.values.push((name, Value::Word(key.into())));
        self
    }

    pub(crate) fn related(mut self, line: u32) -> Self {
        self.related.push(Place::line(line));
        self
    }
}
