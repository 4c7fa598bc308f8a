//! Facts of a package that completion needs, and the path of the file with its generators.

use std::collections::BTreeMap;

use crate::{Format, GeneratedContent, Program, Warning};

/// Path of the file inside a package.
pub(crate) const FILE: &str = "generators/generators.yaml";

/// Facts about the package that completion needs.
pub(crate) struct PackageFacts<'a> {
    pub(crate) format: Format,
    /// Whether there are no answers, since the validator is interactive.
    pub(crate) without_answers: bool,
    /// Output of the programs by file name: `data/secret/1.in`.
    pub(crate) made: BTreeMap<String, GeneratedContent>,
    /// Default solution for answers.
    pub(crate) solution: Option<Program>,
    pub(crate) warnings: &'a mut Vec<Warning>,
}
