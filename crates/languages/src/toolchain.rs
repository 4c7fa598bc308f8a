//! Toolchain: a compiler or interpreter of this host, or the reason why there is none.

use std::path::PathBuf;

/// Whether this host can run a language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Availability {
    /// Yes, with this toolchain.
    Available(Toolchain),
    /// No.
    Unavailable {
        /// The reason, and the package to install.
        reason: String,
    },
}

/// A compiler or interpreter found on this host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Toolchain {
    /// The program, with symlinks followed.
    pub program: PathBuf,
    /// Its version as printed: `3.11.2`.
    pub version: String,
    /// Its name and version: `CPython 3.11.2`.
    pub description: String,
    /// The folder below which it was found, with symlinks resolved; `None` for a program of the system.
    pub folder: Option<PathBuf>,
    /// Folders that a sandbox must show beyond [`SYSTEM_FOLDERS`](crate::SYSTEM_FOLDERS).
    pub folders: Vec<PathBuf>,
}
