//! Redis of a test.

use std::{
    io::{self, BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    path::Path,
    process::Command,
    time::Duration,
};

use rustix::process::Signal;
use tempfile::TempDir;

use crate::{
    daemon::{Daemon, free_port},
    eventually,
};

/// After a kill it first replays its append-only file.
const RECOVERY: Duration = Duration::from_secs(30);

/// A running `redis-server`, durable as in production: with an append-only file that is flushed every second.
#[derive(Debug)]
pub struct Redis {
    folder: TempDir,
    port: u16,
    /// Further arguments.
    extra_args: Vec<String>,
    /// `None` while it is down.
    process: Option<Daemon>,
}

impl Redis {
    /// Starts an empty server.
    pub async fn start() -> Self {
        Self::start_with(Vec::new()).await
    }

    /// Starts an empty node of a cluster. It serves no slot until it is configured.
    pub async fn start_in_a_cluster() -> Self {
        // The default port of the cluster bus is higher by ten thousand, which may exceed the valid range.
        let bus = free_port().to_string();
        Self::start_with(["--cluster-enabled", "yes", "--cluster-port", &bus].map(ToOwned::to_owned).into())
            .await
    }

    async fn start_with(more: Vec<String>) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let life = Daemon::start(folder.path(), |port| command(folder.path(), port, &more)).await;
        Self { port: life.at().port(), folder, extra_args: more, process: Some(life) }
    }

    /// Its URL, up or down.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Its port.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Memory of its data set in bytes (`used_memory_dataset`).
    pub fn dataset_bytes(&self) -> u64 {
        info(self.port, "memory", "used_memory_dataset").expect("it answers")
    }

    /// Waits until its append-only file has every write that it has acknowledged. While the disk is busy with a flush, Redis keeps
    /// writes in its own memory for up to two seconds, and a kill would lose them.
    pub async fn until_written(&self) {
        let is_written = async || {
            let buffered = info(self.port, "persistence", "aof_buffer_length").expect("it answers");
            (buffered == 0).then_some(())
        };
        eventually("Redis has written its file", RECOVERY, is_written).await;
    }

    /// Ends it with SIGKILL.
    pub fn kill(&mut self) {
        self.process.take().expect("it runs");
    }

    /// Restarts it with its data and address, and waits until it has loaded the data.
    pub async fn restart(&mut self) {
        assert!(self.process.is_none(), "it runs");
        let folder = self.folder.path();
        self.process =
            Some(Daemon::start_at(folder, self.port, |port| command(folder, port, &self.extra_args)).await);
        let port = self.port;
        let answers = async || is_answering(port).unwrap_or(false).then_some(());
        eventually("Redis has read what it left", RECOVERY, answers).await;
    }

    /// Freezes it: connections stay open, without answers.
    pub fn freeze(&self) {
        self.process.as_ref().expect("it runs").signal(Signal::STOP);
    }

    /// Resumes it.
    pub fn thaw(&self) {
        self.process.as_ref().expect("it runs").signal(Signal::CONT);
    }
}

/// Whether it serves commands: while it loads its data, it answers with an error.
fn is_answering(port: u16) -> io::Result<bool> {
    let mut connection = TcpStream::connect(("127.0.0.1", port))?;
    connection.write_all(b"PING\r\n")?;
    let mut answer = [0; 5];
    connection.read_exact(&mut answer)?;
    Ok(answer == *b"+PONG")
}

/// A number of a section of the command INFO.
fn info(port: u16, section: &str, field: &str) -> io::Result<u64> {
    let mut connection = BufReader::new(TcpStream::connect(("127.0.0.1", port))?);
    write!(connection.get_mut(), "INFO {section}\r\n")?;
    for line in connection.lines() {
        if let Some(value) = line?.strip_prefix(field).and_then(|rest| rest.strip_prefix(':')) {
            return value.parse().map_err(io::Error::other);
        }
    }
    Err(io::ErrorKind::UnexpectedEof.into())
}

fn command(folder: &Path, port: u16, more: &[String]) -> Command {
    let mut command = Command::new("redis-server");
    command
        .args(["--bind", "127.0.0.1", "--port", &port.to_string(), "--dir"])
        .arg(folder)
        .args(["--save", "", "--appendonly", "yes", "--appendfsync", "everysec"])
        .args(more)
        .current_dir(folder);
    command
}
