//! Errors of statements that cannot be shown as HTML.

use std::time::Duration;

use super::pandoc::PandocError;
use crate::TreeError;

/// A statement that cannot be shown as HTML.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StatementError {
    /// Its file cannot be read.
    #[error(transparent)]
    Tree(#[from] TreeError),
    /// It is a PDF.
    #[error("the statement is a PDF: show the file itself")]
    Pdf,
    /// It is in TeX, and pandoc is not installed.
    #[error(
        "the statement is in TeX, and pandoc is not installed: install it, or add a statement in Markdown"
    )]
    NoPandoc,
    /// It is nested too deep to be parsed in a reasonable time.
    #[error(
        "the statement has too many quotations, lists or elements within each other, attributes of one element, or signs in one \
         text: nest less, and part long texts"
    )]
    TooDeep,
    /// One of its paragraphs is too long to be parsed in a reasonable time.
    #[error(
        "the statement has a paragraph, list or table that is too long for the signs in it ([, *, `, $ and the like): put blank lines into it"
    )]
    LongBlock,
    /// Its source or its HTML is too long.
    #[error("the statement, or the HTML made of it, has more than {0} bytes: shorten it")]
    TooLong(u64),
    /// It took too long.
    #[error("the statement could not be made HTML of within {0:?}: shorten or simplify it")]
    TooSlow(Duration),
    /// The parser panicked.
    #[error("the statement cannot be read: simplify it")]
    Unreadable,
    /// Pandoc failed.
    #[error("pandoc cannot convert the statement")]
    Pandoc(#[from] PandocError),
}
