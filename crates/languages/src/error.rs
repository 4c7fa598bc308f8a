//! Errors in language files.

use std::{io, path::PathBuf};

/// A language file that cannot be used. The message names the file and the field, and says what to change.
#[derive(Debug, thiserror::Error)]
pub enum LanguageError {
    /// The file is not TOML, lacks a field, or has an unknown one. The source names the line.
    #[error("language file {file} cannot be understood")]
    Parse {
        /// The file's name.
        file: String,
        /// Where and why.
        #[source]
        source: Box<toml::de::Error>,
    },
    /// A field has an invalid value.
    #[error("language file {file}: `{field}` {problem}")]
    Field {
        /// The file's name.
        file: String,
        /// The field, with its table: `compile.argv`.
        field: &'static str,
        /// The problem, and the fix.
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
        /// The duplicate value.
        value: String,
        /// The id of the other language.
        other: String,
    },
    /// A folder of language files, or a file in it, cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The folder or file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
}
