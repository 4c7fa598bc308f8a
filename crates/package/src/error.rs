//! Why a package cannot be used. Each message names the file, says what is wrong and what to change.

use crate::TreeError;

/// What is wrong with a package.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PackageError {
    /// Its files cannot be read, or must not be.
    #[error(transparent)]
    Tree(#[from] TreeError),
    /// There is no `problem.yaml`.
    #[error("problem.yaml is missing: a package has one at its top, which at least names the problem")]
    NoProblemFile,
    /// Nobody knows this version of the format.
    #[error("problem.yaml: problem_format_version {version:?} is not known: use one of {known}")]
    Version {
        /// What the file says.
        version: String,
        /// What it may say.
        known: String,
    },
    /// A file of settings is no YAML.
    #[error("{file}, line {line}: {message}")]
    Syntax {
        /// The file.
        file: String,
        /// From 1.
        line: usize,
        /// What the parser said.
        message: String,
    },
    /// A setting is of the wrong type, or has a value that makes no sense.
    #[error("{file}, line {line}: {key} {message}")]
    Setting {
        /// The file.
        file: String,
        /// From 1.
        line: usize,
        /// The key, with those above it.
        key: String,
        /// What is wrong, as the rest of a sentence.
        message: String,
    },
    /// The parts of a package do not fit together.
    #[error("{place} {message}")]
    Content {
        /// The file or folder.
        place: String,
        /// What is wrong, as the rest of a sentence.
        message: String,
    },
}

impl PackageError {
    pub(crate) fn content(place: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Content { place: place.into(), message: message.into() }
    }
}
