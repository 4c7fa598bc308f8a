//! Syntax check of a language file: its method, and the meaning of its outcome.

use model::Limits;

use crate::template::Template;

/// Syntax check of a language file.
#[derive(Debug, Clone)]
pub(crate) struct CheckSettings {
    pub(crate) method: CheckMethod,
    pub(crate) exit_code: i32,
    /// Texts of a rejection that does not count: code of the program ran, and failed.
    pub(crate) inconclusive: Vec<String>,
    /// CPU time and wall time; all other limits are the run's.
    pub(crate) limits: Limits,
}

/// The method of a syntax check.
#[derive(Debug, Clone)]
pub(crate) enum CheckMethod {
    /// A command line of its own.
    Command(Template),
    /// A script in the same language that runs in place of the program, so that a prestarted runtime can run
    /// it. Its arguments are pairs: the stored name of a source and its own name. The script first restores
    /// each source, its own included: runtimes quote lines of the named file, and must find the submission's
    /// there.
    Script(String),
}
