//! Recipe of a run: files, program, limits, prestarted runtimes. Plain data.

use std::{fs::File, path::PathBuf, sync::Arc};

use model::{Bytes, ErrorOutput, Limits, Network};

/// A file of the work folder: put in before a program runs, or brought out afterwards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SandboxFile {
    /// Its name, or its path below the work folder: plain components, with `/` between them. A `/` at the end makes it an empty
    /// folder.
    pub name: String,
    /// Whether it can be run as a program.
    pub executable: bool,
    /// What is in it.
    pub content: Vec<u8>,
}

impl SandboxFile {
    /// A file that is no program.
    pub fn plain(name: impl Into<String>, content: impl Into<Vec<u8>>) -> Self {
        Self { name: name.into(), executable: false, content: content.into() }
    }

    /// An empty folder. Its path ends with a `/`.
    pub fn folder(path: impl Into<String>) -> Self {
        Self::plain(path, Vec::new())
    }
}

/// One file of many whose bytes stand one after another.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct FileEntry {
    pub(crate) name: String,
    pub(crate) executable: bool,
    pub(crate) size: u64,
}

impl FileEntry {
    /// What it takes at most where files are in memory: whole pages.
    pub(crate) const fn memory(&self) -> u64 {
        const LARGEST_PAGE: u64 = 1 << 16;
        self.size.saturating_add(LARGEST_PAGE)
    }
}

/// A program to run in the work folder `/box`.
#[derive(Debug, Clone)]
pub struct Program {
    /// Its path, inside the sandbox and not searched for, and its arguments.
    pub argv: Vec<String>,
    /// Its whole environment.
    pub env: Vec<(String, String)>,
    /// What it reads from standard input; in a live run, before what is said to it.
    pub stdin: Stdin,
    /// What it may use.
    pub limits: Limits,
    /// Its network. A program with one is always started by itself.
    pub network: Network,
    /// Whether too much on standard error ends it.
    pub error_output: ErrorOutput,
    /// How much of each stream its outcome keeps; more goes only to the sink, up to the limit of output.
    pub max_kept: Bytes,
    /// The only processors that it may use, by number; if this is empty, those of the program before it, and of the first all.
    /// It cannot ask the kernel for others.
    pub processors: Vec<u32>,
    /// How it is run by a program that was started ahead, if that is possible.
    pub prestarted: Option<PrestartedRun>,
}

impl Program {
    /// One that reads nothing and has no network, of whose output all is kept, and that is started by itself.
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
        }
    }
}

/// What a program reads.
#[derive(Debug, Clone)]
pub enum Stdin {
    /// This.
    Bytes(Vec<u8>),
    /// What is in this file, from its beginning, read as the program takes it.
    File(Arc<File>),
}

impl From<Vec<u8>> for Stdin {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes)
    }
}

/// How a program is run by one that was started ahead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrestartedRun {
    /// The [`Prestart`]'s name.
    pub prestart: String,
    /// The arguments to let it go with.
    pub args: Vec<String>,
}

/// A program that is started before it is known what it is to run: an interpreter.
///
/// When it is ready in its sandbox, it writes to a connected stream socket that it has as descriptor 3, and then reads
/// there: `G`, followed by the arguments, each ended by a NUL byte, and the end of the stream, let it go; an end without `G`
/// means that nobody needs it. What it does then must be what it would have done if it had been started only then.
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
    pub min_memory: Bytes,
    /// Whether it can check the syntax of sources while it waits: see [`OpenSandbox::check_syntax`](crate::OpenSandbox::check_syntax).
    ///
    /// It then reads, before `G`, a message that begins with `C`: paths below the work folder, each ended by a NUL byte, and one
    /// more NUL byte. It compiles these files, and runs nothing of them. If there is nothing to say about any of them, it writes `S`
    /// and waits on, as if it had not been asked. Else it ends.
    pub checks_syntax: bool,
    /// How it comes into a sandbox.
    pub mode: PrestartMode,
}

/// Result of a check of the syntax by a program that waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum SyntaxCheck {
    /// All sources compile, without an error or a warning.
    Sound,
    /// There is an error or a warning, or nothing that could check waits here, or the check took too long.
    Undecided,
}

/// How a program that waits comes into its sandbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PrestartMode {
    /// It is started there. Ready, it writes one byte.
    Spawn,
    /// It is started once for each slot, as a template outside of all sandboxes, which is forked for each of them.
    ///
    /// The template finds a connected `SOCK_SEQPACKET` socket as descriptor 3. First it receives a message of one byte, with
    /// descriptors of files that hold system-call filters (`struct sock_filter`s): that of guests, and that of guests that a
    /// zygote forks; the byte is `C` if guests
    /// have the uid and gid 1000 by changing to them, and `K` if they have them already; it is in lower case if each filter is to be
    /// installed with a listener (`SECCOMP_FILTER_FLAG_NEW_LISTENER`). Ready, it sends `R`. For each
    /// further message, `F` or `A`, it forks a process into a sandbox, as a child of that sandbox's process 1, and sends `D`. Of the
    /// descriptors that come with the message the first four are the fork's standard input, output and error, and its
    /// descriptor 3; then come the sandbox's namespaces: that of processes, and the others. Ready, with all of a guest's
    /// restrictions in force, the fork writes one byte to its descriptor 3 and then its pid in the sandbox, four bytes in
    /// little-endian order; the listener of its filter, if that has one, comes with them. With `A` it should first do
    /// what it can to spare the run time, as copying the memory that it will write.
    ///
    /// It may send `Z` in place of `R`, with such a socket and a pidfd of a twin that is at the other end. For each message `Z` there,
    /// with another such socket and a sandbox's namespaces, the twin forks a zygote: a guest of that sandbox, with its
    /// second filter, that is not among its processes but whose forks are. It answers `D`, with a pidfd of the zygote, whose
    /// parent must be the launcher. With a listener it first sends `L`, and the listener with it. The zygote reads the program in the
    /// work folder, sends `R`, or ends if it would rather not. For each message `F` there, with four descriptors as above, it forks a process as above, and sends `D`.
    Fork,
}

/// A folder of the host that sandboxes show, read-only. It must not be one that a guest can write.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct FolderMount {
    /// Where it is on the host: an absolute path.
    pub source: PathBuf,
    /// Where it is inside.
    pub target: PathBuf,
}

impl FolderMount {
    /// At the same path inside.
    pub fn same_path(path: PathBuf) -> Self {
        Self { source: path.clone(), target: path }
    }
}

/// How much a sandbox's writable folders hold, each of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct DiskQuota {
    /// Bytes.
    pub disk: Bytes,
    /// Files and folders.
    pub inodes: u64,
}

impl DiskQuota {
    /// What most programs get: sandboxes are made ahead with it.
    pub const STANDARD: Self = Self::for_limits(&Limits::STUDENT);

    /// The space that these limits ask for.
    pub const fn for_limits(limits: &Limits) -> Self {
        Self { disk: limits.disk, inodes: limits.inodes }
    }

    /// Room for both.
    #[must_use]
    pub fn max(self, other: Self) -> Self {
        Self { disk: self.disk.max(other.disk), inodes: self.inodes.max(other.inodes) }
    }
}
