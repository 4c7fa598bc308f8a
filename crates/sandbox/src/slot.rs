//! The worker's end of one launcher.

use std::{
    ffi::OsString,
    os::fd::{AsFd, BorrowedFd, OwnedFd},
    path::PathBuf,
    process::{Child, Stdio},
};

use kernel::{Channel, Identity, cgroup::Group};
use tokio::io::unix::AsyncFd;

use crate::{
    SandboxError,
    protocol::{Answer, Order, Setup},
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
    group: Group,
}

#[derive(Debug)]
struct Launcher {
    connection: AsyncFd<Channel>,
    process: Child,
}

impl Drop for Launcher {
    /// Waits for the end, some milliseconds away: only then can the slot's cgroup be removed or joined by another.
    fn drop(&mut self) {
        if let Err(error) = self.process.kill().and_then(|()| self.process.wait()) {
            tracing::warn!(%error, "a launcher could not be ended");
        }
    }
}

impl Slot {
    pub(crate) const fn new(number: u32, identity: Identity, group: Group) -> Self {
        Self { number, identity, launcher: None, group }
    }

    /// Starts the launcher if none is running.
    pub(crate) async fn ensure_launcher(
        &mut self,
        command: &LauncherCommand,
        folders: &[PathBuf],
    ) -> Result<(), SandboxError> {
        if self.launcher.is_some() {
            return Ok(());
        }
        self.launcher = Some(start(command)?);
        let setup =
            Setup { identity: self.identity, group: self.group.paths().clone(), folders: folders.to_vec() };
        self.send(&setup, &[])?;
        self.expect_done().await
    }

    /// Lets go of the launcher, and with it of any sandbox: it cannot be trusted to be in a known state.
    pub(crate) fn break_off(&mut self) {
        self.launcher = None;
    }

    pub(crate) fn order(&self, order: &Order, fds: &[BorrowedFd<'_>]) -> Result<(), SandboxError> {
        self.send(order, fds)
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

    pub(crate) async fn expect_done(&self) -> Result<(), SandboxError> {
        match self.answer().await? {
            (Answer::Done, _) => Ok(()),
            _ => Err(self.out_of_turn()),
        }
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

fn start(command: &LauncherCommand) -> Result<Launcher, SandboxError> {
    let (ours, theirs) = Channel::pair()?;
    let connection = ours.into_async()?;
    let process = std::process::Command::new(&command.program)
        .args(&command.args)
        // Nothing of the server's goes in: no environment, no descriptor but the connection (and stderr, to complain).
        .env_clear()
        .stdin(Stdio::from(theirs.into_fd()))
        .stdout(Stdio::null())
        .current_dir("/")
        .spawn()
        .map_err(SandboxError::StartLauncher)?;
    Ok(Launcher { connection, process })
}

/// Borrowed descriptors of some owned ones.
pub(crate) fn borrowed(fds: &[OwnedFd]) -> Vec<BorrowedFd<'_>> {
    fds.iter().map(AsFd::as_fd).collect()
}
