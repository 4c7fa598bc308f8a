//! A command line that is ready to be run in a sandbox.

use model::Limits;

/// The folder in the sandbox that has a submission's files; every program starts there.
pub const WORK_FOLDER: &str = "/box";

/// The environment of every program and compiler. A language file's `env` comes after it and wins.
///
/// The home folder is not the work folder: what libraries keep there, caches and settings, is nothing that a program left behind.
/// The settings for Python are given to all alike, also to a shell script that starts it: output appears as it is written,
/// `__pycache__` stays out of the work folder, and Matplotlib draws into files, since there is no screen.
pub const ENVIRONMENT: [(&str, &str); 6] = [
    ("HOME", "/tmp"),
    ("LANG", "C.UTF-8"),
    ("MPLBACKEND", "Agg"),
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
