//! Commands: command lines, environment and work folder of programs in a sandbox.

use model::Limits;

/// The folder in the sandbox that has a submission's files; every program starts there.
pub const WORK_FOLDER: &str = "/box";

/// The environment of every program and compiler; `env` of a language file has priority.
///
/// The home folder is not the work folder: caches and settings of libraries must not become files that a
/// program left behind. The settings for Python apply to all languages, since a shell script may start it:
/// output appears unbuffered, `__pycache__` stays out of the work folder, and Matplotlib draws into files,
/// since there is no screen.
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
    /// Limits of the command itself, such as a compiler's. Absent if the submission's apply.
    pub limits: Option<Limits>,
}
