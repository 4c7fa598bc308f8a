//! Daemon: process of a third-party server on a free port, killed on drop.

use std::{
    fs::{self, File},
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};
use tokio::net::TcpStream;

use crate::eventually;

/// A server on a busy machine needs a moment.
const START: Duration = Duration::from_secs(30);
/// Attempts with other ports, if another process takes the free port first.
const TRIES: u32 = 5;

/// A running server, killed when this is dropped.
#[derive(Debug)]
pub(crate) struct Daemon {
    process: Child,
    log: PathBuf,
    at: SocketAddr,
}

impl Daemon {
    /// Starts the command that the function returns for a free port, and waits until it listens there. Its output goes to
    /// a file in this folder.
    pub(crate) async fn start(folder: &Path, command: impl Fn(u16) -> Command) -> Self {
        for _ in 1..TRIES {
            if let Ok(daemon) = Self::try_start_at(folder, free_port(), &command).await {
                return daemon;
            }
        }
        Self::start_at(folder, free_port(), command).await
    }

    /// Starts it on this port, to restart a server at a known address.
    pub(crate) async fn start_at(folder: &Path, port: u16, command: impl Fn(u16) -> Command) -> Self {
        Self::try_start_at(folder, port, &command).await.unwrap_or_else(|error| panic!("{error}"))
    }

    async fn try_start_at(
        folder: &Path,
        port: u16,
        command: impl Fn(u16) -> Command,
    ) -> Result<Self, String> {
        let log = folder.join("log");
        let output = File::options().create(true).append(true).open(&log).expect("a log file");
        let mut command = command(port);
        command.stdin(Stdio::null()).stdout(output.try_clone().expect("another handle")).stderr(output);
        let process = command.spawn().unwrap_or_else(|error| {
            panic!("{command:?} cannot be started ({error}); scripts/install-deps test installs it")
        });
        let mut daemon = Self { process, log, at: SocketAddr::from(([127, 0, 0, 1], port)) };
        eventually("a server listens", START, async || match daemon.process.try_wait() {
            Ok(Some(status)) => Some(Err(format!("{command:?} ended with {status}:\n{}", daemon.log()))),
            _ => TcpStream::connect(daemon.at).await.ok().map(|_| Ok(())),
        })
        .await?;
        Ok(daemon)
    }

    /// Its address.
    pub(crate) const fn at(&self) -> SocketAddr {
        self.at
    }

    /// Its output, including that of earlier processes.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Its process.
    pub(crate) fn pid(&self) -> u32 {
        self.process.id()
    }

    /// Waits until it has ended by itself. After the timeout it is killed when this is dropped.
    pub(crate) fn end_within(&mut self, patience: Duration) {
        let began = Instant::now();
        while matches!(self.process.try_wait(), Ok(None)) && began.elapsed() < patience {
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Sends it a signal: to stop, to continue, or to terminate.
    pub(crate) fn signal(&self, signal: Signal) {
        let pid =
            i32::try_from(self.process.id()).ok().and_then(Pid::from_raw).expect("a pid is a positive int");
        kill_process(pid, signal).expect("it can be signalled");
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // SIGKILL also ends a stopped process.
        let _ended_already = self.process.kill();
        let _reaped = self.process.wait();
        if std::thread::panicking() {
            eprintln!("--- {} ---\n{}\n---", self.log.display(), self.log());
        }
    }
}

/// A port that was free just now.
pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("an address").port()
}
