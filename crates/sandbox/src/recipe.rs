//! Recipe of a run: files, program, limits, prestarted runtimes. Plain data.

use std::{fs::File, path::PathBuf, sync::Arc};

use model::{Bytes, ErrorOutput, Limits, Network};

use crate::PictureSink;

/// A file of the work folder, before or after a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SandboxFile {
    /// Its path below the work folder: plain components, separated by `/`. With a `/` at the end it is an empty folder.
    pub name: String,
    /// Whether it is executable.
    pub executable: bool,
    /// Its content.
    pub content: Vec<u8>,
}

impl SandboxFile {
    /// A file that is not executable.
    pub fn plain(name: impl Into<String>, content: impl Into<Vec<u8>>) -> Self {
        Self { name: name.into(), executable: false, content: content.into() }
    }

    /// An empty folder. Its path ends with a `/`.
    pub fn folder(path: impl Into<String>) -> Self {
        Self::plain(path, Vec::new())
    }
}

/// A file in a list whose bytes are concatenated elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct FileEntry {
    pub(crate) name: String,
    pub(crate) executable: bool,
    pub(crate) size: u64,
}

impl FileEntry {
    /// Maximum memory of the file in a tmpfs, which stores whole pages.
    pub(crate) const fn memory(&self) -> u64 {
        const LARGEST_PAGE: u64 = 1 << 16;
        self.size.saturating_add(LARGEST_PAGE)
    }
}

/// A program to run in the work folder `/box`.
#[derive(Debug, Clone)]
pub struct Program {
    /// Its path inside the sandbox (there is no search), and its arguments.
    pub argv: Vec<String>,
    /// Its complete environment.
    pub env: Vec<(String, String)>,
    /// Its standard input; in a live run, before any message.
    pub stdin: Stdin,
    /// Its limits.
    pub limits: Limits,
    /// Its network. A program with a network always starts as a new process.
    pub network: Network,
    /// Effect of exceeding the limit on standard error.
    pub error_output: ErrorOutput,
    /// Maximum of each stream that its outcome keeps. More goes to the sink only, up to the limit of output.
    pub max_kept: Bytes,
    /// Processors that it may use, by number. If empty, it has those of the program before it, and the first program has all.
    /// It cannot ask the kernel for others.
    pub processors: Vec<u32>,
    /// Arguments for a prestarted program, if one can run it.
    pub prestarted: Option<PrestartedRun>,
    /// Receiver of the pictures in its standard output. Without one, their escape sequences are output like any other.
    pub pictures: Option<PictureSink>,
}

impl Program {
    /// A program without input and network, whose output is kept completely, and that starts as a new process.
    pub fn new(argv: Vec<String>, env: Vec<(String, String)>, limits: Limits) -> Self {
        let (stdin, processors) = (Stdin::Bytes(Vec::new()), Vec::new());
        let (network, error_output) = (Network::None, ErrorOutput::default());
        Self {
            argv,
            env,
            stdin,
            limits,
            network,
            error_output,
            max_kept: limits.output,
            processors,
            prestarted: None,
            pictures: None,
        }
    }
}

/// Standard input of a program.
#[derive(Debug, Clone)]
pub enum Stdin {
    /// These bytes.
    Bytes(Vec<u8>),
    /// The content of this file from its beginning, read as the program takes it.
    File(Arc<File>),
}

impl From<Vec<u8>> for Stdin {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes)
    }
}

/// Request to a prestarted program to run a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrestartedRun {
    /// Name of the [`Prestart`].
    pub prestart: String,
    /// Arguments for it.
    pub args: Vec<String>,
    /// Variables for it, beside those of the [`Prestart`]. None is empty.
    pub env: Vec<(String, String)>,
}

/// A runtime that is started before its program is known, for example an interpreter.
///
/// When it is ready in its sandbox, it writes to a connected stream socket, its descriptor 3, and reads from it. `G`, the
/// arguments, each followed by a NUL byte, and the end of the stream release it. Before `G` there may be `E`, further variables
/// of its environment as `NAME=value`, each followed by a NUL byte, and one more NUL byte. An end without `G` means that it is
/// not needed. After its release it must behave as if it had been started only then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prestart {
    /// Its name, unique within a pool.
    pub name: String,
    /// Its command line.
    pub argv: Vec<String>,
    /// Its whole environment.
    pub env: Vec<(String, String)>,
    /// Files that it needs, by absolute paths inside; not below a folder of the host.
    pub hooks: Vec<(PathBuf, String)>,
    /// Minimum memory limit of its runs, because it uses memory itself.
    pub min_memory: Bytes,
    /// Whether it can check the syntax of sources while it waits: see
    /// [`OpenSandbox::check_syntax`](crate::OpenSandbox::check_syntax).
    ///
    /// Before `G` it then reads a message that consists of `C`, paths below the work folder, each followed by a NUL byte, and
    /// one more NUL byte. It compiles these files and runs none of their code. If there is no error and no warning, it writes
    /// `S` and keeps waiting, as if it had not been asked. Otherwise it ends.
    pub checks_syntax: bool,
    /// Way of starting it in a sandbox.
    pub mode: PrestartMode,
}

/// Result of a syntax check by a waiting program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum SyntaxCheck {
    /// All sources compile, without an error or a warning.
    Sound,
    /// There is an error or a warning, or no program here can check, or the check took too long.
    Undecided,
}

/// Way of starting a waiting program in its sandbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PrestartMode {
    /// It is started there. When ready, it writes one byte.
    Spawn,
    /// It is started once per slot, as a template outside of all sandboxes, and forked for each sandbox.
    ///
    /// The template finds a connected `SOCK_SEQPACKET` socket as descriptor 3. First it receives a message of one byte, with
    /// two files of system call filters (`struct sock_filter`): the filter of guests, and the filter of guests that a zygote
    /// forks. The byte is `C` if guests change their uid and gid to 1000, and `K` if they have these ids already. It is in
    /// lower case if each filter is to be installed with a listener (`SECCOMP_FILTER_FLAG_NEW_LISTENER`). When ready, the
    /// template sends `R`.
    ///
    /// For each further message, `F` or `A`, it forks a process into a sandbox, as a child of that sandbox's process 1, and
    /// sends `D`. The message comes with the fork's standard input, output and error, its descriptor 3, and the sandbox's
    /// namespaces: first the pid namespace, then the others. When the fork is ready, with all restrictions of a guest in force,
    /// it writes one byte to its descriptor 3, followed by its pid in the sandbox in four bytes, little-endian. The listener of
    /// its filter, if there is one, comes with them. With `A` it should first do work that saves time later, such as copying
    /// the memory that it will write.
    ///
    /// Instead of `R` it may send `Z`, with such a socket and a pidfd of a twin at the other end. For each message `Z` there,
    /// which comes with another such socket and a sandbox's namespaces, the twin forks a zygote and answers `D`, with a pidfd
    /// of the zygote, whose parent must be the launcher. A zygote is a guest of that sandbox with the second filter; it is not
    /// among the sandbox's processes, but its forks are. With a listener, it first sends `L` and the listener. Then it reads
    /// the program in the work folder and sends `R`, or ends if it does not support the program. For each message `F`, which
    /// comes with four descriptors as above, it forks a process as above and sends `D`.
    Fork,
}

/// A folder of the host that sandboxes show, read-only. A guest must not be able to write to it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct FolderMount {
    /// Absolute path on the host.
    pub source: PathBuf,
    /// Path inside.
    pub target: PathBuf,
}

impl FolderMount {
    /// `StepContext` the same path inside.
    pub fn same_path(path: PathBuf) -> Self {
        Self { source: path.clone(), target: path }
    }
}

/// Quota of each writable folder of a sandbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct DiskQuota {
    /// Bytes.
    pub disk: Bytes,
    /// Number of files and folders.
    pub inodes: u64,
}

impl DiskQuota {
    /// The quota of most programs, with which sandboxes are prepared.
    pub const STANDARD: Self = Self::for_limits(&Limits::STUDENT);

    /// The quota in these limits.
    pub const fn for_limits(limits: &Limits) -> Self {
        Self { disk: limits.disk, inodes: limits.inodes }
    }

    /// The larger of both, for each quantity.
    #[must_use]
    pub fn max(self, other: Self) -> Self {
        Self { disk: self.disk.max(other.disk), inodes: self.inodes.max(other.inodes) }
    }
}
