//! Findings: mistakes as rules find them, before they are put into words.

use std::fmt::Display;

use model::Place;

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
