//! Slot: the cgroup, the ids and the connection to one launcher, from the side of the worker.

use std::{
    os::fd::{AsFd, BorrowedFd, OwnedFd},
    process::Stdio,
    time::Duration,
};

use kernel::{Channel, Identity, cgroup::Cgroup};
use tokio::{
    io::unix::AsyncFd,
    time::{Instant, timeout},
};

use crate::{
    DiskQuota, FolderMount, LauncherCommand, PoolSettings, Prestart, PrestartMode, SandboxError, SandboxFile,
    backoff::Backoff,
    gauges, launcher_log,
    process::{LauncherProcess, PendingExit},
    protocol::{
        ForkMemory, Inodes, LauncherRequest, LauncherResponse, LauncherSetup, PrestartRequest, StartRequest,
        TemplateReuse,
    },
    recipe::FileEntry,
    share::SlotUserLimits,
};

/// A slot: holds one sandbox at a time. It has a cgroup, ids, and a launcher if one is running.
#[derive(Debug)]
pub(crate) struct Slot {
    pub(crate) number: u32,
    identity: Identity,
    // Before the group, which can only be removed when the launcher is gone.
    launcher: Option<Launcher>,
    /// The previous launcher, which may not have ended yet.
    pending_exit: Option<PendingExit>,
    backoff: Backoff,
    /// Timeout of each request to the launcher.
    launcher_timeout: Duration,
    group: Cgroup,
    state: SlotState,
    /// The prestart that the launcher has a template of, and the number of forks of this template.
    template: Option<(usize, u32)>,
    /// The number of folders that its launcher shows.
    shown_folders: usize,
    inodes: Inodes,
    /// The number of requests whose [`LauncherResponse::Done`] has not been received yet.
    unacknowledged: u32,
}

/// State of the sandbox that a slot has prepared and not used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SlotState {
    /// Nothing.
    Empty,
    /// A sandbox.
    Sandbox,
    /// A sandbox in which a program waits: the pool's prestart of this index.
    Prestarted(usize),
}

#[derive(Debug)]
struct Launcher {
    connection: AsyncFd<Channel>,
    process: LauncherProcess,
}

impl Slot {
    pub(crate) fn new(number: u32, identity: Identity, group: Cgroup, patience: Duration) -> Self {
        Self {
            number,
            identity,
            launcher: None,
            pending_exit: None,
            backoff: Backoff::default(),
            launcher_timeout: patience,
            group,
            state: SlotState::Empty,
            template: None,
            shown_folders: 0,
            unacknowledged: 0,
            inodes: Inodes::Shared,
        }
    }

    /// Starts a launcher, unless one runs that shows all these folders. Fails during the backoff after a failure.
    pub(crate) async fn ensure_launcher(
        &mut self,
        settings: &PoolSettings,
        folders: &[FolderMount],
    ) -> Result<(), SandboxError> {
        if self.lacks_some_of(folders) {
            self.discard_launcher();
        }
        if self.launcher.is_some() {
            return Ok(());
        }
        if let Some(again_in) = self.backoff.remaining(Instant::now()) {
            return Err(SandboxError::BackingOff { slot: self.number, again_in });
        }
        let started = self.start_launcher(settings, folders).await;
        if started.is_err() {
            self.discard_launcher();
            // A launcher that did not answer has been recorded.
            if !self.is_backing_off() {
                self.backoff.record_failure(Instant::now());
            }
        }
        started
    }

    async fn start_launcher(
        &mut self,
        settings: &PoolSettings,
        folders: &[FolderMount],
    ) -> Result<(), SandboxError> {
        // Two launchers in one cgroup would count each other's usage.
        if let Some(ending) = &mut self.pending_exit {
            timeout(self.launcher_timeout, ending.wait()).await.map_err(|_| self.note_stuck())?;
            self.pending_exit = None;
        }
        self.launcher = Some(start_launcher_process(&settings.launcher, self.number)?);
        let setup = LauncherSetup {
            identity: self.identity,
            group: self.group.paths().clone(),
            share: SlotUserLimits::of_this_user(settings.most_slots())?,
            folders: folders.to_vec(),
            files: settings
                .warm
                .iter()
                .filter_map(|warm| warm.prestart.as_ref())
                .flat_map(|prestart| &prestart.hooks)
                .chain(&settings.files)
                .cloned()
                .collect(),
        };
        self.send(&setup, &[])?;
        let (LauncherResponse::Ready(inodes), _) = self.response_in_time().await? else {
            return Err(self.unexpected_response());
        };
        self.inodes = inodes;
        self.shown_folders = folders.len();
        Ok(())
    }

    /// Whether its launcher was started before one of these folders was added. The folders of a launcher are fixed at its
    /// start.
    pub(crate) fn lacks_some_of(&self, folders: &[FolderMount]) -> bool {
        self.launcher.is_some() && self.shown_folders < folders.len()
    }

    /// Owner of the inodes of toolchains, as its launcher reported.
    pub(crate) const fn inodes(&self) -> Inodes {
        self.inodes
    }

    /// Kills the launcher and with it any sandbox, because its state is not known.
    pub(crate) fn discard_launcher(&mut self) {
        if let Some(Launcher { connection, process }) = self.launcher.take() {
            drop(connection);
            self.pending_exit = Some(process.kill());
        }
        self.state = SlotState::Empty;
        self.template = None;
        self.unacknowledged = 0;
    }

    /// Records that the launcher does not answer. The caller must discard it.
    pub(crate) fn note_stuck(&mut self) -> SandboxError {
        gauges::count_stuck_launcher();
        self.backoff.record_failure(Instant::now());
        SandboxError::LauncherStuck { slot: self.number, within: self.launcher_timeout }
    }

    /// Memory of everything in the slot, its launcher included, in bytes; `None` when nobody counts.
    pub(crate) fn memory_now(&self) -> Option<u64> {
        self.group.memory_now()
    }

    /// Process id of the launcher, if one runs.
    pub(crate) fn launcher_id(&self) -> Option<u32> {
        self.launcher.as_ref()?.process.id()
    }

    /// Timeout of the launcher for the current request.
    pub(crate) const fn launcher_timeout(&self) -> Duration {
        self.launcher_timeout
    }

    /// Records that a sandbox of the launcher was used successfully.
    pub(crate) fn note_success(&mut self) {
        self.backoff.record_success();
    }

    /// Whether the slot is in backoff.
    pub(crate) fn is_backing_off(&self) -> bool {
        self.backoff.remaining(Instant::now()).is_some()
    }

    pub(crate) const fn state(&self) -> SlotState {
        self.state
    }

    /// Whether the launcher has a template of this prestart.
    pub(crate) fn has_template(&self, number: usize) -> bool {
        self.template.is_some_and(|(of, _)| of == number)
    }

    /// Whether the waiting program shares its template with an earlier one.
    pub(crate) fn has_shared_template(&self) -> bool {
        matches!((self.state, self.template), (SlotState::Prestarted(waits), Some((of, forks))) if waits == of && forks > 1)
    }

    /// Requests a sandbox without a waiting program. Does not wait.
    pub(crate) fn prepare(&mut self, space: DiskQuota) -> Result<(), SandboxError> {
        self.request_acknowledged(&LauncherRequest::Prepare(space, None), &[])?;
        self.state = SlotState::Sandbox;
        Ok(())
    }

    /// Requests a sandbox in which this prestart waits. Does not wait.
    pub(crate) fn prepare_prestarted(
        &mut self,
        number: usize,
        prestart: &Prestart,
        reuse: TemplateReuse,
        memory: ForkMemory,
    ) -> Result<(), SandboxError> {
        let start = StartRequest { argv: prestart.argv.clone(), env: prestart.env.clone() };
        let ahead = match prestart.mode {
            PrestartMode::Spawn => PrestartRequest::Start(start),
            PrestartMode::Fork => PrestartRequest::Fork { template: start, reuse, memory },
        };
        self.request_acknowledged(&LauncherRequest::Prepare(DiskQuota::STANDARD, Some(ahead)), &[])?;
        self.state = SlotState::Prestarted(number);
        if prestart.mode == PrestartMode::Fork {
            let forks = self
                .template
                .filter(|(of, _)| *of == number && reuse == TemplateReuse::Shared)
                .map_or(0, |(_, forks)| forks);
            self.template = Some((number, forks + 1));
        }
        Ok(())
    }

    /// Requests that the sandbox is filled. Does not wait.
    pub(crate) fn fill(&mut self, space: DiskQuota, files: &[SandboxFile]) -> Result<(), SandboxError> {
        self.request_with_files(|entries| LauncherRequest::Fill(space, entries), files)
    }

    /// Requests that the sandbox is reset and filled. Does not wait.
    pub(crate) fn reset(&mut self, space: DiskQuota, files: &[SandboxFile]) -> Result<(), SandboxError> {
        self.state = SlotState::Empty;
        self.request_with_files(|entries| LauncherRequest::Reset(space, entries), files)
    }

    fn request_with_files(
        &mut self,
        order: impl FnOnce(Vec<FileEntry>) -> LauncherRequest,
        files: &[SandboxFile],
    ) -> Result<(), SandboxError> {
        let entry = |file: &SandboxFile| FileEntry {
            name: file.name.clone(),
            executable: file.executable,
            size: file.content.len() as u64,
        };
        let bytes = kernel::sealed_memfd(files.iter().map(|file| file.content.as_slice()))?;
        self.request_acknowledged(&order(files.iter().map(entry).collect()), &[bytes.as_fd()])
    }

    /// Records that this prestart waits in the sandbox.
    pub(crate) const fn note_waiting(&mut self, number: usize) {
        self.state = SlotState::Prestarted(number);
    }

    /// Takes the prepared state, which is used from now on.
    pub(crate) fn take_state(&mut self) -> SlotState {
        std::mem::replace(&mut self.state, SlotState::Empty)
    }

    /// Requests that the sandbox is destroyed. Does not wait.
    pub(crate) fn destroy(&mut self) -> Result<(), SandboxError> {
        self.state = SlotState::Empty;
        self.request_acknowledged(&LauncherRequest::Destroy, &[])
    }

    pub(crate) fn request(
        &self,
        order: &LauncherRequest,
        fds: &[BorrowedFd<'_>],
    ) -> Result<(), SandboxError> {
        self.send(order, fds)
    }

    fn request_acknowledged(
        &mut self,
        order: &LauncherRequest,
        fds: &[BorrowedFd<'_>],
    ) -> Result<(), SandboxError> {
        self.send(order, fds)?;
        self.unacknowledged += 1;
        Ok(())
    }

    /// The next response of the launcher. Cancel-safe.
    pub(crate) async fn response(&self) -> Result<(LauncherResponse, Vec<OwnedFd>), SandboxError> {
        let connection = self.connection()?;
        loop {
            let mut ready = connection.readable().await.map_err(SandboxError::Connection)?;
            match connection.get_ref().try_receive() {
                Err(error) if error.errno == rustix::io::Errno::AGAIN.raw_os_error() => ready.clear_ready(),
                Err(error) | Ok(Some((LauncherResponse::Failed(error), _))) => return Err(error.into()),
                Ok(None) => return Err(SandboxError::LauncherGone { slot: self.number }),
                Ok(Some(answer)) => return Ok(answer),
            }
        }
    }

    /// The next response of the launcher, within its timeout.
    pub(crate) async fn response_in_time(
        &mut self,
    ) -> Result<(LauncherResponse, Vec<OwnedFd>), SandboxError> {
        match timeout(self.launcher_timeout, self.response()).await {
            Ok(answer) => answer,
            Err(_late) => Err(self.note_stuck()),
        }
    }

    /// Waits until all requests so far are done.
    pub(crate) async fn wait_acknowledged(&mut self) -> Result<(), SandboxError> {
        while self.unacknowledged > 0 {
            let (LauncherResponse::Done, _) = self.response_in_time().await? else {
                return Err(self.unexpected_response());
            };
            self.unacknowledged -= 1;
        }
        Ok(())
    }

    pub(crate) const fn unexpected_response(&self) -> SandboxError {
        SandboxError::UnexpectedResponse { slot: self.number }
    }

    fn send<M: serde::Serialize>(&self, message: &M, fds: &[BorrowedFd<'_>]) -> Result<(), SandboxError> {
        Ok(self.connection()?.get_ref().send(message, fds)?)
    }

    fn connection(&self) -> Result<&AsyncFd<Channel>, SandboxError> {
        match &self.launcher {
            Some(launcher) => Ok(&launcher.connection),
            None => Err(SandboxError::LauncherGone { slot: self.number }),
        }
    }
}

fn start_launcher_process(command: &LauncherCommand, slot: u32) -> Result<Launcher, SandboxError> {
    let log = launcher_log::pipe(slot).map_err(SandboxError::StartLauncher)?;
    let (ours, theirs) = Channel::pair()?;
    let connection = ours.into_async()?;
    let process = std::process::Command::new(&command.program)
        .args(&command.args)
        // The launcher gets no environment and no descriptor of the server except the connection and the log pipe.
        .env_clear()
        .stdin(Stdio::from(theirs.into_fd()))
        .stdout(Stdio::null())
        .stderr(Stdio::from(log))
        .current_dir("/")
        .spawn()
        .map_err(SandboxError::StartLauncher)?;
    Ok(Launcher { connection, process: LauncherProcess::of(process) })
}
