//! Protocol between worker, launcher and init. Never stored and never sent to another machine: both ends are the same
//! binary.

use std::{path::PathBuf, time::Duration};

use kernel::{ExitStatus, Identity, KernelError, cgroup::CgroupPaths, seccomp::Call};
use model::{Limits, Network, TerminalSize};
use serde::{Deserialize, Serialize};

use crate::{
    collect::{Collect, Listing},
    recipe::{DiskQuota, FileEntry, FolderMount, SyntaxCheck},
    share::SlotUserLimits,
};

/// First message of the worker to a launcher: everything that needs rights on the host.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct LauncherSetup {
    pub(crate) identity: Identity,
    pub(crate) group: CgroupPaths,
    /// The slot's share of the limits that the kernel counts per user.
    pub(crate) share: SlotUserLimits,
    /// Folders of the host that hold toolchains.
    pub(crate) folders: Vec<FolderMount>,
    /// Files that programs need, by their absolute paths inside.
    pub(crate) files: Vec<(PathBuf, String)>,
}

/// Owner of the inodes of toolchains that programs see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Inodes {
    /// The slot: nobody else notices what programs do to them.
    Own,
    /// The host, for at least some of them: programs may neither watch files nor lock whole ones.
    Shared,
}

impl Inodes {
    /// The owner for two places together.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Own, Self::Own) => Self::Own,
            _ => Self::Shared,
        }
    }
}

/// Source of the resource usage of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UsageSource {
    /// Counters of a cgroup.
    Cgroup,
    /// Samples of the processes, taken by the launcher.
    Sampling,
}

/// Requests of the worker to a launcher.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum LauncherRequest {
    /// Make a sandbox, and start a waiting program in it if one is given.
    Prepare(DiskQuota, Option<PrestartRequest>),
    /// Set the quota of its folders and create these files. Their bytes, concatenated, come as a descriptor.
    Fill(DiskQuota, Vec<FileEntry>),
    /// Remove everything that programs left in the sandbox, and fill it as [`LauncherRequest::Fill`] does.
    Reset(DiskQuota, Vec<FileEntry>),
    /// Let the waiting program check the syntax of these sources, within these limits.
    CheckSyntax(Box<Limits>, Vec<String>),
    /// Run a program.
    Run(Box<RunRequest>),
    /// Collect files.
    Collect(Collect),
    /// Stop the running program.
    Stop,
    /// Send this signal to the running program.
    Signal(i32),
    /// Destroy the sandbox.
    Destroy,
}

/// Responses of a launcher to the worker.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum LauncherResponse {
    /// The launcher is set up; the owner of its inodes of toolchains.
    Ready(Inodes),
    /// The sandbox is prepared, filled or destroyed.
    Done,
    /// The result of a syntax check. If it decided nothing, no program waits any more.
    Checked(SyntaxCheck),
    /// The program runs. The host's ends of its input, output and errors come along, or that of its terminal.
    Started,
    /// The program and all processes that it started have ended.
    Ended(RunFacts),
    /// The collected files. Their bytes, concatenated, come as a descriptor.
    Collected(Listing),
    /// A step failed. The sandbox must not be used any more.
    Failed(KernelError),
}

/// Requests of a launcher to init.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum InitRequest {
    /// As [`LauncherRequest::Fill`].
    Fill(DiskQuota, Vec<FileEntry>),
    /// As [`LauncherRequest::Reset`].
    Reset(DiskQuota, Vec<FileEntry>, IpcNamespace),
    /// Start a program that waits. Its standard input, output and error come along.
    Start(StartRequest),
    /// Open the sandbox's namespaces, for a template to enter.
    OpenNamespaces,
    /// Accept a program that was forked into this sandbox and waits. Our end of its hook comes along, and, if a zygote forked
    /// it, the listener of its filter, if there is one.
    Adopt,
    /// As [`LauncherRequest::CheckSyntax`].
    CheckSyntax(Vec<String>),
    /// As [`LauncherRequest::Run`]. Standard input, output and error come along, unless it is prestarted or gets a terminal.
    Run(Box<RunRequest>),
    /// As [`LauncherRequest::Collect`].
    Collect(Collect),
    /// As [`LauncherRequest::Stop`].
    Stop,
    /// As [`LauncherRequest::Signal`].
    Signal(i32),
}

/// The IPC namespace when a sandbox is reset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum IpcNamespace {
    /// Make a new one: programs may have left objects there.
    Renew,
    /// Keep it: no program could leave an object.
    Keep,
}

/// Responses of init to its launcher.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum InitResponse {
    /// The sandbox is prepared or filled. After preparing, the descriptor of [`kernel::open_for_record_locks`] comes along,
    /// followed by those of [`kernel::open_for_census`] if there is no cgroup.
    Done,
    /// The sandbox's namespaces, which come along.
    Namespaces,
    /// As [`LauncherResponse::Checked`].
    Checked(SyntaxCheck),
    /// The program runs. The host's end of its terminal comes along, if it has one.
    Started,
    /// The program and all that it started are gone.
    Ended(InitFacts),
    /// As [`LauncherResponse::Collected`].
    Collected(Listing),
    /// A step failed.
    Failed(KernelError),
}

/// Command line and environment of a program to start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct StartRequest {
    pub(crate) argv: Vec<String>,
    pub(crate) env: Vec<(String, String)>,
}

/// A program that waits in a sandbox.
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

/// A run of a program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RunRequest {
    pub(crate) mode: LaunchMode,
    pub(crate) limits: Limits,
    /// Only a fresh program can have a network.
    pub(crate) network: Network,
    /// A fresh program gets a terminal of this size instead of pipes.
    pub(crate) terminal: Option<TerminalSize>,
    /// Processors that it may use, as in [`Program`](crate::Program).
    pub(crate) processors: Vec<u32>,
}

/// Mode of starting a program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum LaunchMode {
    /// A new process.
    Fresh(StartRequest),
    /// The waiting program.
    Waiting(ReleaseRequest),
    /// A fork of the launcher's template or zygote, made now.
    Forked(ReleaseRequest),
}

/// What a waiting program is released with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ReleaseRequest {
    /// Its arguments.
    pub(crate) args: Vec<String>,
    /// Variables beside those that it was started with.
    pub(crate) env: Vec<(String, String)>,
}

/// Facts of a run that init observed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct InitFacts {
    pub(crate) exit: ExitStatus,
    /// The call that the program was killed for.
    pub(crate) forbidden_call: Option<Call>,
    pub(crate) wall: Duration,
    /// When the program was reaped, or told to stop, by [`kernel::uptime`].
    pub(crate) ended_at: Duration,
    /// CPU time of all processes that init reaped: the whole tree.
    pub(crate) reaped_cpu: Duration,
    /// Whether `/box`, `/tmp` or `/dev/shm` was full, or had no inode left, when the program ended.
    pub(crate) disk_full: bool,
}

/// Facts of a run that launcher and init observed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RunFacts {
    pub(crate) exit: ExitStatus,
    /// The call that the program was killed for, where that is known.
    pub(crate) forbidden_call: Option<Call>,
    pub(crate) wall: Duration,
    /// When the program was reaped, or told to stop, by [`kernel::uptime`].
    pub(crate) ended_at: Duration,
    pub(crate) cpu: Duration,
    /// Time during which it was throttled to its share of the processors, summed over processors.
    pub(crate) throttled: Duration,
    /// Peak memory in bytes; 0 if it was not measured.
    pub(crate) memory: u64,
    pub(crate) disk_full: bool,
    /// Whether the kernel killed a process of the tree because memory ran out.
    pub(crate) out_of_memory: bool,
    /// Whether the kernel refused a fork in the tree.
    pub(crate) fork_refused: bool,
    /// Why the launcher stopped the run, if it did.
    pub(crate) stopped_for: Option<StopCause>,
}

/// Reason of the launcher to stop a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum StopCause {
    Cpu,
    Wall,
    Memory,
    Processes,
    /// The worker requested it, for a reason that it knows.
    Asked,
}
