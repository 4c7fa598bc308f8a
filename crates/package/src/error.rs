//! Package errors. Each message names the file, the problem and the fix.

use crate::TreeError;

/// The reason why a package cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PackageError {
    /// Its files cannot or must not be read.
    #[error(transparent)]
    Tree(#[from] TreeError),
    /// There is no `problem.yaml`.
    #[error("problem.yaml is missing: a package has one at its top, which at least names the problem")]
    NoProblemFile,
    /// Unknown version of the format.
    #[error("problem.yaml: problem_format_version {version:?} is not known: use one of {known}")]
    Version {
        /// Version in the file.
        version: String,
        /// Known versions.
        known: String,
    },
    /// A settings file is not YAML.
    #[error("{file}, line {line}: {message}")]
    Syntax {
        /// The file.
        file: String,
        /// Line, from 1.
        line: usize,
        /// Message of the parser.
        message: String,
    },
    /// A setting has a wrong type or an invalid value.
    #[error("{file}, line {line}: {key} {message}")]
    Setting {
        /// The file.
        file: String,
        /// Line, from 1.
        line: usize,
        /// The key, with its parents.
        key: String,
        /// The problem, as the rest of a sentence.
        message: String,
    },
    /// Parts of the package are inconsistent.
    #[error("{place} {message}")]
    Content {
        /// The file or folder.
        place: String,
        /// The problem, as the rest of a sentence.
        message: String,
    },
}

impl PackageError {
    pub(crate) fn content(place: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Content { place: place.into(), message: message.into() }
    }
}
