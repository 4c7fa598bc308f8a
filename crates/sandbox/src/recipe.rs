//! What is to be run: plain data.

use model::{Bytes, Limits};

/// A file to be put into the work folder before a program runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SandboxFile {
    /// Its name: one plain component.
    pub name: String,
    /// What is in it.
    pub content: Vec<u8>,
}

/// A program to run in the work folder `/box`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    /// Its path, inside the sandbox and not searched for, and its arguments.
    pub argv: Vec<String>,
    /// Its whole environment.
    pub env: Vec<(String, String)>,
    /// What it reads from standard input.
    pub stdin: Vec<u8>,
    /// What it may use.
    pub limits: Limits,
}

/// How much a sandbox's writable folders hold, each of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Space {
    /// Bytes.
    pub disk: Bytes,
    /// Files and folders.
    pub inodes: u64,
}

impl Space {
    /// What most programs get: sandboxes are made ahead with it.
    pub const STANDARD: Self = Self::of(&Limits::STUDENT);

    /// The space that these limits ask for.
    pub const fn of(limits: &Limits) -> Self {
        Self { disk: limits.disk, inodes: limits.inodes }
    }

    /// Room for both.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self { disk: self.disk.max(other.disk), inodes: self.inodes.max(other.inodes) }
    }
}
