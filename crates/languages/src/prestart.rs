//! Prestart: a runtime that is started before its program is known.

use std::path::PathBuf;

use model::Bytes;
use serde::Deserialize;

use crate::template::Template;

/// Prestart settings of a language file.
#[derive(Debug, Clone)]
pub(crate) struct PrestartSettings {
    pub(crate) argv: Template,
    pub(crate) env: Vec<(String, String)>,
    pub(crate) min_memory: Bytes,
    pub(crate) memory: Bytes,
    pub(crate) checks_syntax: bool,
    pub(crate) hook: (PathBuf, String),
}

/// A runtime to start before its program is known, and to release through its hook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prestart {
    /// The command line, for a program that is the language's main file.
    pub argv: Vec<String>,
    /// The whole environment.
    pub env: Vec<(String, String)>,
    /// Hook that makes it wait: path in the sandbox, and source.
    pub hook: (PathBuf, String),
    /// Minimum memory of a run: with less, it is started as usual.
    pub min_memory: Bytes,
    /// Approximate memory of one waiting runtime.
    pub memory: Bytes,
    /// Whether one that waits can check the syntax of sources.
    pub checks_syntax: bool,
}

/// The way in which a runtime is started before the program is known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Warmup {
    /// None: each run starts it.
    #[default]
    None,
    /// A process is started in advance and waits for its program.
    Prestart,
    /// A process is started once for each slot, and forked for each sandbox.
    Fork,
    /// Started each time, from an archive of classes already loaded, as its command line says.
    Cds,
}
