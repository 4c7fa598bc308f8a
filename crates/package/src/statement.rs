//! Statements: conversion to safe HTML.
//!
//! Markdown and TeX become HTML, and all HTML passes one allow list (`clean`): no scripts, only web and mail
//! addresses, only images of the package. Formulas become MathML, and invalid ones a marked `span` with their
//! source.

mod blocks;
mod clean;
mod error;
mod markdown;
mod math;
mod nesting;
mod pandoc;
mod renderer;

pub use error::StatementError;
pub use pandoc::{Pandoc, PandocError};
pub use renderer::Renderer;

use crate::{File, Folder, PackageError, Tree};

/// A statement in one language and form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// `en`, `pt-BR`.
    pub language: String,
    /// Markup language.
    pub form: Form,
    /// File, or inline text of `problem.yaml`.
    pub source: Source,
    /// Folder of its images; "" for the package itself.
    pub folder: String,
}

/// The markup language of a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// CommonMark with tables, footnotes and formulas.
    Markdown,
    /// LaTeX; needs pandoc.
    Tex,
    /// PDF, shown unchanged.
    Pdf,
}

/// The location of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// In a file of its own.
    File(File),
    /// In `problem.yaml`.
    Text(String),
}

/// Finds the statements in a folder: `STEM.LANGUAGE.ENDING`, or `STEM.ENDING`, which is English.
pub(crate) fn find(folder: &Folder, stem: &str) -> Vec<Statement> {
    let found = folder.files.values().filter_map(|file| {
        let rest = file.name().strip_prefix(stem)?.strip_prefix('.')?;
        let (language, ending) = rest.rsplit_once('.').unwrap_or(("en", rest));
        let form = match ending {
            "md" => Form::Markdown,
            "tex" => Form::Tex,
            "pdf" => Form::Pdf,
            _ => return None,
        };
        let (language, folder) = (language.to_owned(), folder.path.clone());
        Some(Statement { language, form, source: Source::File(file.clone()), folder })
    });
    found.collect()
}

/// The problem name in a TeX statement: `\problemname{…}`, or the plain one in a comment.
pub(crate) fn name_in_tex(tree: &Tree, statement: &Statement) -> Result<Option<String>, PackageError> {
    let (Form::Tex, Source::File(file)) = (statement.form, &statement.source) else { return Ok(None) };
    let text = String::from_utf8_lossy(&tree.read(file, tree.caps().statement_bytes)?).into_owned();
    let plain = text.lines().find_map(|line| {
        line.trim_start().trim_start_matches('%').trim_start().strip_prefix("plainproblemname:")
    });
    let name = plain.or_else(|| braced(text.split_once("\\problemname")?.1));
    Ok(name.map(|name| name.trim().replace("\\&", "&").replace('~', " ")).filter(|name| !name.is_empty()))
}

/// The content of the braces at the beginning of the text, nested ones included.
fn braced(text: &str) -> Option<&str> {
    let inside = text.trim_start().strip_prefix('{')?;
    let mut depth = 0_usize;
    for (at, c) in inside.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => return Some(&inside[..at]),
            '}' => depth -= 1,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_braces_may_have_braces() {
        assert_eq!(braced("{A {\\it B} C} rest"), Some("A {\\it B} C"));
        assert_eq!(braced(" {A}"), Some("A"));
        assert_eq!(braced("[x]{A}"), None);
        assert_eq!(braced("{A"), None);
    }
}
