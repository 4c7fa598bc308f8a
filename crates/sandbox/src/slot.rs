//! The worker's end of one launcher.

use std::{
    ffi::OsString,
    os::fd::{AsFd, BorrowedFd, OwnedFd},
    path::PathBuf,
    process::Stdio,
    time::Duration,
};

use kernel::{Channel, Identity, cgroup::Cgroup};
use tokio::{
    io::unix::AsyncFd,
    time::{Instant, timeout},
};

use crate::{
    Origin, PoolSettings, Prestart, SandboxError, SandboxFile, ShownFolder, Space,
    backoff::Backoff,
    complaints,
    pool::counts,
    process::{Ending, Process},
    protocol::{AheadOrder, Answer, FileEntry, Inodes, Order, Setup, StartOrder},
    share::UserShare,
};

/// How to start a launcher: a program that calls [`crate::launcher::main`] first thing.
#[derive(Debug, Clone)]
pub struct LauncherCommand {
    /// The program.
    pub program: PathBuf,
    /// Its arguments.
    pub args: Vec<OsString>,
}

/// A place where one sandbox at a time can be: a cgroup, ids, and a launcher when one is running.
#[derive(Debug)]
pub(crate) struct Slot {
    pub(crate) number: u32,
    identity: Identity,
    // Before the group, which can only be removed when the launcher is gone.
    launcher: Option<Launcher>,
    /// The launcher before, which may not have ended yet.
    ending: Option<Ending>,
    backoff: Backoff,
    /// How long the launcher may take for what is ordered.
    patience: Duration,
    group: Cgroup,
    sandbox: Prepared,
    /// Which of the pool's prestarts the launcher has a template of, and how often that has been forked.
    template: Option<(usize, u32)>,
    /// How many folders its launcher shows.
    shown: usize,
    inodes: Inodes,
    /// How many orders have been given whose [`Answer::Done`] has not been taken yet.
    awaited: u32,
}

/// What a slot has made ahead and not used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Prepared {
    /// Nothing.
    No,
    /// A sandbox.
    Sandbox,
    /// A sandbox with a program that waits: this one of the pool's prestarts.
    Started(usize),
}

#[derive(Debug)]
struct Launcher {
    connection: AsyncFd<Channel>,
    process: Process,
}

impl Slot {
    pub(crate) fn new(number: u32, identity: Identity, group: Cgroup, patience: Duration) -> Self {
        Self {
            number,
            identity,
            launcher: None,
            ending: None,
            backoff: Backoff::default(),
            patience,
            group,
            sandbox: Prepared::No,
            template: None,
            shown: 0,
            awaited: 0,
            inodes: Inodes::Shared,
        }
    }

    /// Starts the launcher if none is running that shows all these folders; not soon after the last one failed.
    pub(crate) async fn ensure_launcher(
        &mut self,
        settings: &PoolSettings,
        folders: &[ShownFolder],
    ) -> Result<(), SandboxError> {
        if self.misses_some_of(folders) {
            self.break_off();
        }
        if self.launcher.is_some() {
            return Ok(());
        }
        if let Some(again_in) = self.backoff.left(Instant::now()) {
            return Err(SandboxError::BackingOff { slot: self.number, again_in });
        }
        let started = self.start_launcher(settings, folders).await;
        if started.is_err() {
            self.break_off();
            // One that did not answer has been noted.
            if !self.is_backing_off() {
                self.backoff.begin(Instant::now());
            }
        }
        started
    }

    async fn start_launcher(
        &mut self,
        settings: &PoolSettings,
        folders: &[ShownFolder],
    ) -> Result<(), SandboxError> {
        // Two at once would count each other's use as theirs.
        if let Some(ending) = &mut self.ending {
            timeout(self.patience, ending.over()).await.map_err(|_| self.stuck())?;
            self.ending = None;
        }
        self.launcher = Some(start(&settings.launcher, self.number)?);
        let setup = Setup {
            identity: self.identity,
            group: self.group.paths().clone(),
            share: UserShare::of_this_user(settings.slots)?,
            folders: folders.to_vec(),
            hooks: settings
                .warm
                .iter()
                .filter_map(|warm| warm.prestart.as_ref())
                .flat_map(|prestart| prestart.hooks.clone())
                .collect(),
        };
        self.send(&setup, &[])?;
        let (Answer::SetUp(inodes), _) = self.answer_in_time().await? else { return Err(self.out_of_turn()) };
        self.inodes = inodes;
        self.shown = folders.len();
        Ok(())
    }

    /// Whether its launcher was started before one of these folders was added: what a launcher shows is fixed when it starts.
    pub(crate) fn misses_some_of(&self, folders: &[ShownFolder]) -> bool {
        self.launcher.is_some() && self.shown < folders.len()
    }

    /// Those of toolchains, as its launcher shows them.
    pub(crate) const fn inodes(&self) -> Inodes {
        self.inodes
    }

    /// Lets go of the launcher, and with it of any sandbox: it cannot be trusted to be in a known state.
    pub(crate) fn break_off(&mut self) {
        if let Some(Launcher { connection, process }) = self.launcher.take() {
            drop(connection);
            self.ending = Some(process.end());
        }
        self.sandbox = Prepared::No;
        self.template = None;
        self.awaited = 0;
    }

    /// What became of a launcher that does not answer: whoever gets it breaks the slot off.
    pub(crate) fn stuck(&mut self) -> SandboxError {
        counts::stuck_launcher();
        self.backoff.begin(Instant::now());
        SandboxError::LauncherStuck { slot: self.number, within: self.patience }
    }

    /// The launcher's process, if one runs.
    pub(crate) fn launcher_id(&self) -> Option<u32> {
        self.launcher.as_ref()?.process.id()
    }

    /// How long the launcher may take for what is ordered.
    pub(crate) const fn patience(&self) -> Duration {
        self.patience
    }

    /// A sandbox of it was of use.
    pub(crate) fn note_success(&mut self) {
        self.backoff.end();
    }

    /// Whether no launcher is to be tried yet.
    pub(crate) fn is_backing_off(&self) -> bool {
        self.backoff.left(Instant::now()).is_some()
    }

    pub(crate) const fn sandbox(&self) -> Prepared {
        self.sandbox
    }

    /// Whether the launcher has a template of this prestart.
    pub(crate) fn has_template(&self, number: usize) -> bool {
        self.template.is_some_and(|(of, _)| of == number)
    }

    /// Whether the program that waits shares its template with an earlier one.
    pub(crate) fn waits_with_a_used_template(&self) -> bool {
        matches!((self.sandbox, self.template), (Prepared::Started(waits), Some((of, forks))) if waits == of && forks > 1)
    }

    /// Has a sandbox made for any program, without waiting for it.
    pub(crate) fn prepare(&mut self, space: Space) -> Result<(), SandboxError> {
        self.order_to_be_done(&Order::Prepare(space, None), &[])?;
        self.sandbox = Prepared::Sandbox;
        Ok(())
    }

    /// Has a sandbox made, without waiting for it, with this program waiting in it: the pool's prestart of this number. With
    /// `renew` it shares no template with an earlier one, with `copy` no memory with its template.
    pub(crate) fn prepare_with(
        &mut self,
        number: usize,
        prestart: &Prestart,
        renew: bool,
        copy: bool,
    ) -> Result<(), SandboxError> {
        let start = StartOrder { argv: prestart.argv.clone(), env: prestart.env.clone() };
        let ahead = match prestart.origin {
            Origin::Started => AheadOrder::Start(start),
            Origin::Forked => AheadOrder::Fork { template: start, renew, copy },
        };
        self.order_to_be_done(&Order::Prepare(Space::STANDARD, Some(ahead)), &[])?;
        self.sandbox = Prepared::Started(number);
        if prestart.origin == Origin::Forked {
            let forks = self.template.filter(|(of, _)| *of == number && !renew).map_or(0, |(_, forks)| forks);
            self.template = Some((number, forks + 1));
        }
        Ok(())
    }

    /// Has the sandbox filled, without waiting for it: it is used from now on.
    pub(crate) fn fill(&mut self, space: Space, files: &[SandboxFile]) -> Result<(), SandboxError> {
        self.order_with_files(|entries| Order::Fill(space, entries), files)
    }

    /// Has the sandbox emptied and filled anew, without waiting for it.
    pub(crate) fn start_over(&mut self, space: Space, files: &[SandboxFile]) -> Result<(), SandboxError> {
        self.sandbox = Prepared::No;
        self.order_with_files(|entries| Order::StartOver(space, entries), files)
    }

    fn order_with_files(
        &mut self,
        order: impl FnOnce(Vec<FileEntry>) -> Order,
        files: &[SandboxFile],
    ) -> Result<(), SandboxError> {
        let entry = |file: &SandboxFile| FileEntry {
            name: file.name.clone(),
            executable: file.executable,
            size: file.content.len() as u64,
        };
        let bytes = kernel::sealed_memfd(files.iter().map(|file| file.content.as_slice()))?;
        self.order_to_be_done(&order(files.iter().map(entry).collect()), &[bytes.as_fd()])
    }

    /// Notes that this prestart waits in the sandbox.
    pub(crate) const fn note_waiting(&mut self, number: usize) {
        self.sandbox = Prepared::Started(number);
    }

    /// Marks what was made ahead as used.
    pub(crate) fn use_up(&mut self) -> Prepared {
        std::mem::replace(&mut self.sandbox, Prepared::No)
    }

    /// Has the sandbox done away with, without waiting for it.
    pub(crate) fn destroy(&mut self) -> Result<(), SandboxError> {
        self.sandbox = Prepared::No;
        self.order_to_be_done(&Order::Destroy, &[])
    }

    pub(crate) fn order(&self, order: &Order, fds: &[BorrowedFd<'_>]) -> Result<(), SandboxError> {
        self.send(order, fds)
    }

    fn order_to_be_done(&mut self, order: &Order, fds: &[BorrowedFd<'_>]) -> Result<(), SandboxError> {
        self.send(order, fds)?;
        self.awaited += 1;
        Ok(())
    }

    /// The launcher's next answer. Cancel-safe.
    pub(crate) async fn answer(&self) -> Result<(Answer, Vec<OwnedFd>), SandboxError> {
        let connection = self.connection()?;
        loop {
            let mut ready = connection.readable().await.map_err(SandboxError::Connection)?;
            match connection.get_ref().try_receive() {
                Err(error) if error.errno == rustix::io::Errno::AGAIN.raw_os_error() => ready.clear_ready(),
                Err(error) | Ok(Some((Answer::Failed(error), _))) => return Err(error.into()),
                Ok(None) => return Err(SandboxError::LauncherGone { slot: self.number }),
                Ok(Some(answer)) => return Ok(answer),
            }
        }
    }

    /// The launcher's next answer, which is due.
    pub(crate) async fn answer_in_time(&mut self) -> Result<(Answer, Vec<OwnedFd>), SandboxError> {
        match timeout(self.patience, self.answer()).await {
            Ok(answer) => answer,
            Err(_late) => Err(self.stuck()),
        }
    }

    /// Waits until everything that was ordered before is done.
    pub(crate) async fn all_done(&mut self) -> Result<(), SandboxError> {
        while self.awaited > 0 {
            let (Answer::Done, _) = self.answer_in_time().await? else { return Err(self.out_of_turn()) };
            self.awaited -= 1;
        }
        Ok(())
    }

    pub(crate) const fn out_of_turn(&self) -> SandboxError {
        SandboxError::OutOfTurn { slot: self.number }
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

fn start(command: &LauncherCommand, slot: u32) -> Result<Launcher, SandboxError> {
    let complaints = complaints::pipe(slot).map_err(SandboxError::StartLauncher)?;
    let (ours, theirs) = Channel::pair()?;
    let connection = ours.into_async()?;
    let process = std::process::Command::new(&command.program)
        .args(&command.args)
        // Nothing of the server's goes in: no environment, no descriptor but the connection and a pipe to complain to.
        .env_clear()
        .stdin(Stdio::from(theirs.into_fd()))
        .stdout(Stdio::null())
        .stderr(Stdio::from(complaints))
        .current_dir("/")
        .spawn()
        .map_err(SandboxError::StartLauncher)?;
    Ok(Launcher { connection, process: Process::of(process) })
}
