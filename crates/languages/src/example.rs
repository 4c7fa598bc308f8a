//! Examples: programs of a language file, with their expected outcomes.

use serde::Deserialize;

/// A program with its expected outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    /// Title in a few words; unique within its language.
    pub name: String,
    /// The program: one file, named as the language's main file.
    pub code: String,
    /// Standard input.
    pub stdin: String,
    /// Its arguments.
    pub args: Vec<String>,
    /// Exact standard output.
    pub stdout: String,
    /// Text that standard error must contain; the compiler's, if compilation fails.
    pub stderr_has: Option<String>,
    /// Expected ending.
    pub ending: ExpectedEnding,
}

/// The expected ending of an example.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ExpectedEnding {
    /// With this exit code.
    Exit(i32),
    /// By this signal.
    Signal(i32),
    /// For lack of memory.
    MemoryLimit,
    /// The compiler rejects it.
    CompileError,
}
