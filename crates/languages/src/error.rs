//! What can be wrong with language files.

use std::{io, path::PathBuf};

/// A language file that cannot be used. The message names the file and the field, and says what to change.
#[derive(Debug, thiserror::Error)]
pub enum LanguageError {
    /// The file is not TOML, lacks a field, or has one that nobody knows. The source names the line.
    #[error("language file {file} cannot be understood")]
    Parse {
        /// The file's name.
        file: String,
        /// Where and why.
        #[source]
        source: Box<toml::de::Error>,
    },
    /// A field has a value that cannot be right.
    #[error("language file {file}: `{field}` {problem}")]
    Field {
        /// The file's name.
        file: String,
        /// The field, with its table: `compile.argv`.
        field: &'static str,
        /// What is wrong with it and what to write.
        problem: String,
    },
    /// Two languages claim the same name or extension.
    #[error(
        "language file {file}: `{field}` has {value:?}, which {other} has already; take it out of one of the two"
    )]
    Duplicate {
        /// The file's name.
        file: String,
        /// `id`, `aliases` or `extensions`.
        field: &'static str,
        /// What both claim.
        value: String,
        /// The id of the other language.
        other: String,
    },
    /// A folder of language files, or a file in it, cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The folder or file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
}
