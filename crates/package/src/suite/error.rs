//! Errors of the conversion: a readable package that cannot be used for judging.

use judge::compare::FlagError;
use model::SuiteFlaw;

use crate::TreeError;

/// A readable package that cannot be used for judging.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SuiteError {
    /// A file cannot be read.
    #[error(transparent)]
    Tree(#[from] TreeError),
    /// Some tests need generators that have not run.
    #[error(
        "generators/generators.yaml: {count} tests, among them {first}, are made by programs, which only `verify` and `judge` run: let BAPCtools (bt generate) write them into data/"
    )]
    Ungenerated {
        /// Number of tests.
        count: usize,
        /// Name of one of them.
        first: String,
    },
    /// It needs an unsupported feature.
    #[error("{place} {message}")]
    Unsupported {
        /// The file or folder.
        place: String,
        /// The feature, and the alternative, as the rest of a sentence.
        message: &'static str,
    },
    /// Invalid flags of a test.
    #[error("the flags of {test} are wrong: {source}")]
    Flags {
        /// The test.
        test: String,
        /// What is wrong.
        source: FlagError,
    },
    /// The suite is inconsistent.
    #[error(transparent)]
    Flawed(#[from] SuiteFlaw),
}

/// The error for an unsupported feature.
pub(super) fn unsupported(place: impl Into<String>, message: &'static str) -> SuiteError {
    SuiteError::Unsupported { place: place.into(), message }
}
