//! Sources of a runnable program: the files of the package with their names, the main one first.

use model::{LanguageId, SourceFile};

use super::error::SuiteError;
use crate::{File, Tree};

/// A runnable program: its language and its files, the main one first.
pub(super) type RunnableProgram = (LanguageId, Vec<SourceFile>);

/// Sources under these names, the main one first: headers and helpers cannot be it, and scripts always are.
pub(super) fn sources(
    tree: &Tree,
    files: &[File],
    name: impl Fn(&File) -> String,
) -> Result<Vec<SourceFile>, SuiteError> {
    let mut sources: Vec<_> = files.iter().map(|file| (rank(&name(file)), name(file), file)).collect();
    sources.sort();
    let read = sources
        .into_iter()
        .map(|(_, name, file)| Ok(SourceFile { name, content: tree.source(file)?.into() }));
    read.collect()
}

/// Rank of a file as the main file; lower is better.
fn rank(path: &str) -> u8 {
    let name = path.rsplit('/').next().unwrap_or(path);
    let stem = name.split('.').next().unwrap_or_default().to_ascii_lowercase();
    match (path, stem.as_str()) {
        ("build", _) => 0,
        ("run", _) => 1,
        _ if crate::detect_language(name).is_none() => 4,
        (_, "main" | "__main__" | "validate" | "validator") => 2,
        _ => 3,
    }
}
