//! Protocol between worker, launcher and init. Never stored and never sent to another machine: both ends are the same
//! binary.

use std::{path::PathBuf, time::Duration};

use kernel::{Exit, Identity, KernelError, cgroup::GroupPaths, seccomp::Call};
use model::{Limits, Network, TerminalSize};
use serde::{Deserialize, Serialize};

use crate::{
    collect::{Collect, Listing},
    recipe::{DiskQuota, FileEntry, FolderMount, SyntaxCheck},
    share::UserShare,
};

/// The worker's first message to a launcher: everything that needs rights on the host.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct LauncherSetup {
    pub(crate) identity: Identity,
    pub(crate) group: GroupPaths,
    /// What this slot's programs may have together of what the kernel counts for each user.
    pub(crate) share: UserShare,
    /// Folders of the host that hold toolchains.
    pub(crate) folders: Vec<FolderMount>,
    /// Files of ours that programs started ahead need, by their absolute paths inside.
    pub(crate) hooks: Vec<(PathBuf, String)>,
}

/// Whose the inodes of toolchains are that programs see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Inodes {
    /// The slot's: what programs do to them, nobody else notices.
    Own,
    /// The host's, at least some of them: programs may neither watch files nor lock whole ones.
    Shared,
}

impl Inodes {
    /// Those of two places together.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Own, Self::Own) => Self::Own,
            _ => Self::Shared,
        }
    }
}

/// How it is known what a run uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UsageSource {
    /// The kernel counts, in a cgroup.
    Cgroup,
    /// The launcher looks at the processes, again and again.
    Sampling,
}

/// Worker to launcher.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum LauncherRequest {
    /// Make a sandbox, and a program in it that waits to be let go.
    Prepare(DiskQuota, Option<PrestartRequest>),
    /// Give its folders this space and create these files; their bytes, one after another, are in the descriptor that
    /// comes along.
    Fill(DiskQuota, Vec<FileEntry>),
    /// Do away with all that programs may have left in the sandbox, and fill it as [`LauncherRequest::Fill`] does.
    Reset(DiskQuota, Vec<FileEntry>),
    /// Have the program that waits check the syntax of these sources, within these limits.
    CheckSyntax(Box<Limits>, Vec<String>),
    /// Run a program.
    Run(Box<RunRequest>),
    /// Bring files out.
    Collect(Collect),
    /// End the running program.
    Stop,
    /// Send this signal to the running program.
    Signal(i32),
    /// Do away with the sandbox.
    Destroy,
}

/// Launcher to worker.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum LauncherResponse {
    /// The launcher is set up, and shows toolchains with these inodes.
    Ready(Inodes),
    /// The sandbox is prepared, or filled, or destroyed.
    Done,
    /// The sources are checked. If that decided nothing, no program waits any more.
    Checked(SyntaxCheck),
    /// The program runs; our ends of its input, output and errors come along, or that of its terminal.
    Started,
    /// The program and all that it started are gone.
    Ended(RunFacts),
    /// What was asked for; the files' bytes, one after another, are in the descriptor that comes along.
    Collected(Listing),
    /// A step failed; the sandbox is not to be used any more.
    Failed(KernelError),
}

/// Launcher to init.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum InitRequest {
    /// As [`LauncherRequest::Fill`].
    Fill(DiskQuota, Vec<FileEntry>),
    /// As [`LauncherRequest::Reset`].
    Reset(DiskQuota, Vec<FileEntry>, IpcNamespace),
    /// Start a program that waits to be let go; its standard input, output and error come along.
    Start(StartRequest),
    /// Open the sandbox's namespaces, for somebody to enter.
    OpenNamespaces,
    /// Take on a program that is forked into this sandbox, which waits to be let go; our end of its hook comes along, and, if it is
    /// a zygote's fork, the listener of its filter, if that has one.
    Adopt,
    /// As [`LauncherRequest::CheckSyntax`].
    CheckSyntax(Vec<String>),
    /// As [`LauncherRequest::Run`]; standard input, output and error come along, unless it has been started ahead or gets a terminal.
    Run(Box<RunRequest>),
    /// As [`LauncherRequest::Collect`].
    Collect(Collect),
    /// As [`LauncherRequest::Stop`].
    Stop,
    /// As [`LauncherRequest::Signal`].
    Signal(i32),
}

/// The namespace of objects of System V and POSIX IPC, when a sandbox starts over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum IpcNamespace {
    /// Programs may have left something there: a new one.
    Renew,
    /// None could.
    Keep,
}

/// Init to launcher.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum InitResponse {
    /// The sandbox is prepared, or filled. When it has been prepared, what [`kernel::open_for_record_locks`] opened comes
    /// along, and then what [`kernel::open_for_census`] did, where that is needed.
    Done,
    /// The sandbox's namespaces come along.
    Namespaces,
    /// As [`LauncherResponse::Checked`].
    Checked(SyntaxCheck),
    /// The program runs; the near end of its terminal comes along, if it has one.
    Started,
    /// The program and all that it started are gone.
    Ended(InitFacts),
    /// As [`LauncherResponse::Collected`].
    Collected(Listing),
    /// A step failed.
    Failed(KernelError),
}

/// A program to start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct StartRequest {
    pub(crate) argv: Vec<String>,
    pub(crate) env: Vec<(String, String)>,
}

/// A program to have waiting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum PrestartRequest {
    /// Start it.
    Start(StartRequest),
    /// Fork it from its template.
    Fork {
        /// The command that starts the template if there is none.
        template: StartRequest,
        /// Which template may be used.
        reuse: TemplateReuse,
        /// When the fork copies the memory that it shares with its template.
        memory: ForkMemory,
    },
}

/// Templates that a program may be forked from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum TemplateReuse {
    /// One that other programs were forked from, too, up to a limit.
    Shared,
    /// A template of its own: forks share what is random about their template (hash seeds, addresses).
    Exclusive,
}

/// When a fork copies the memory that it shares with its template and will write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum ForkMemory {
    /// Before it is ready: the run is faster, and the total work is larger.
    Eager,
    /// When it writes to it.
    OnWrite,
}

/// A program to run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RunRequest {
    pub(crate) mode: LaunchMode,
    pub(crate) limits: Limits,
    /// Only a new program gets one.
    pub(crate) network: Network,
    /// A new program gets a terminal of this size instead of pipes.
    pub(crate) terminal: Option<TerminalSize>,
    /// As in [`Program`](crate::Program).
    pub(crate) processors: Vec<u32>,
}

/// Which program to run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum LaunchMode {
    /// A new one.
    Fresh(StartRequest),
    /// The one that waits, with these arguments.
    Waiting(Vec<String>),
    /// One forked now from the launcher's template, with these arguments.
    Forked(Vec<String>),
}

/// What init saw of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct InitFacts {
    pub(crate) exit: Exit,
    /// The call that the program was killed for.
    pub(crate) forbidden_call: Option<Call>,
    pub(crate) wall: Duration,
    /// When the program was reaped, or told to stop, by [`kernel::uptime`].
    pub(crate) ended_at: Duration,
    /// CPU time of the processes that init reaped: all of the tree.
    pub(crate) reaped_cpu: Duration,
    /// Whether `/box`, `/tmp` or `/dev/shm` was full, or had no inode left, when the program ended.
    pub(crate) disk_full: bool,
}

/// What launcher and init together saw of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RunFacts {
    pub(crate) exit: Exit,
    /// The call that the program was killed for, where that is known.
    pub(crate) forbidden_call: Option<Call>,
    pub(crate) wall: Duration,
    /// When the program was reaped, or told to stop, by [`kernel::uptime`].
    pub(crate) ended_at: Duration,
    pub(crate) cpu: Duration,
    /// How long it was held to its share of the processors, summed over them.
    pub(crate) throttled: Duration,
    /// In bytes; 0 when nobody counted.
    pub(crate) memory: u64,
    pub(crate) disk_full: bool,
    /// The kernel killed a process of the tree for want of memory.
    pub(crate) out_of_memory: bool,
    /// The kernel refused the tree a fork.
    pub(crate) fork_refused: bool,
    /// The launcher ended the run for this.
    pub(crate) stopped_for: Option<StopCause>,
}

/// Why the launcher ended a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum StopCause {
    Cpu,
    Wall,
    Memory,
    Processes,
    /// The worker asked for it, and knows why.
    Asked,
}
