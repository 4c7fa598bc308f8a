//! What is to be run: plain data.

use std::path::PathBuf;

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
    /// What it reads from standard input; in a live run, before what is said to it.
    pub stdin: Vec<u8>,
    /// What it may use.
    pub limits: Limits,
    /// How it is run by a program that was started ahead, if that is possible.
    pub ahead: Option<Ahead>,
}

/// How a program is run by one that was started ahead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ahead {
    /// The [`Prestart`]'s name.
    pub prestart: String,
    /// The arguments to let it go with.
    pub args: Vec<String>,
}

/// A program that is started before it is known what it is to run: an interpreter.
///
/// It finds a connected stream socket as descriptor 3. When it is ready it writes one byte there, and then reads: `G`,
/// followed by the arguments, each ended by a NUL byte, and the end of the stream, let it go; an end without `G` means
/// that nobody needs it. What it does then must be what it would have done if it had been started only then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prestart {
    /// Its name, unique within a pool.
    pub name: String,
    /// Its path and arguments.
    pub argv: Vec<String>,
    /// Its whole environment.
    pub env: Vec<(String, String)>,
    /// Files of ours that it needs, by absolute paths inside; not below a folder that comes from the host.
    pub hooks: Vec<(PathBuf, String)>,
    /// Runs that may use less memory than this are not for it: it takes some by itself.
    pub least_memory: Bytes,
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
