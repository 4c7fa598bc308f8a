//! Compilation of a language: the command line and limits of its compiler.

use model::Limits;

use crate::template::Template;

/// Compilation of a language.
#[derive(Debug, Clone)]
pub(crate) struct Compile {
    pub(crate) argv: Template,
    pub(crate) limits: Limits,
}
