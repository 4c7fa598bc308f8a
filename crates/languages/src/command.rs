//! A command line that is ready to be run in a sandbox.

use model::Limits;

/// The folder in the sandbox that has a submission's files; every program starts there.
pub const WORK_FOLDER: &str = "/box";

/// The environment of every program and compiler. A language file's `env` comes after it and wins.
///
/// The two Python settings are given to all alike: they make output appear as it is written and keep `__pycache__` out
/// of the work folder, also when a shell script starts Python.
pub const ENVIRONMENT: [(&str, &str); 5] = [
    ("HOME", WORK_FOLDER),
    ("LANG", "C.UTF-8"),
    ("PATH", "/usr/local/bin:/usr/bin:/bin"),
    ("PYTHONDONTWRITEBYTECODE", "1"),
    ("PYTHONUNBUFFERED", "1"),
];

/// A command line with its environment, to be run in [`WORK_FOLDER`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// The program, as an absolute path, and its arguments.
    pub argv: Vec<String>,
    /// The whole environment.
    pub env: Vec<(String, String)>,
    /// Limits that belong to the command itself: a compiler's own. Absent where the submission's apply.
    pub limits: Option<Limits>,
}
