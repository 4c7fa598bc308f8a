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

/// After a kill it first reads what it had written.
const RECOVERY: Duration = Duration::from_secs(30);

/// A running `redis-server` that keeps what it is told, as one in production does: in an append-only file that is flushed
/// every second.
#[derive(Debug)]
pub struct Redis {
    folder: TempDir,
    port: u16,
    /// What it is told beyond the usual.
    more: Vec<String>,
    /// None while it is down.
    life: Option<Daemon>,
}

impl Redis {
    /// Starts an empty one.
    pub async fn start() -> Self {
        Self::start_with(Vec::new()).await
    }

    /// Starts an empty one that believes to be a node of a cluster. It serves no slot until it is told to.
    pub async fn start_in_a_cluster() -> Self {
        // By default the port for other nodes is ten thousand above the other, and there may be none such.
        let bus = free_port().to_string();
        Self::start_with(["--cluster-enabled", "yes", "--cluster-port", &bus].map(ToOwned::to_owned).into())
            .await
    }

    async fn start_with(more: Vec<String>) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let life = Daemon::start(folder.path(), |port| command(folder.path(), port, &more)).await;
        Self { port: life.at().port(), folder, more, life: Some(life) }
    }

    /// Where clients find it, up or down.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// The port that it listens on.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// The bytes that it has allocated for what it keeps (`used_memory_dataset`).
    pub fn dataset_bytes(&self) -> u64 {
        info_memory(self.port).expect("it answers")
    }

    /// Ends it with SIGKILL.
    pub fn kill(&mut self) {
        self.life.take().expect("it runs");
    }

    /// Starts it on what it left, where it was, and waits until it has read that.
    pub async fn restart(&mut self) {
        assert!(self.life.is_none(), "it runs");
        let folder = self.folder.path();
        self.life = Some(Daemon::start_at(folder, self.port, |port| command(folder, port, &self.more)).await);
        let port = self.port;
        let answers = async || is_answering(port).unwrap_or(false).then_some(());
        eventually("Redis has read what it left", RECOVERY, answers).await;
    }

    /// Freezes it: connections stay, and nothing is answered.
    pub fn freeze(&self) {
        self.life.as_ref().expect("it runs").signal(Signal::STOP);
    }

    /// Lets it go on.
    pub fn thaw(&self) {
        self.life.as_ref().expect("it runs").signal(Signal::CONT);
    }
}

/// Whether it serves commands: while it reads what it left, it answers with an error.
fn is_answering(port: u16) -> io::Result<bool> {
    let mut connection = TcpStream::connect(("127.0.0.1", port))?;
    connection.write_all(b"PING\r\n")?;
    let mut answer = [0; 5];
    connection.read_exact(&mut answer)?;
    Ok(answer == *b"+PONG")
}

fn info_memory(port: u16) -> io::Result<u64> {
    let mut connection = BufReader::new(TcpStream::connect(("127.0.0.1", port))?);
    connection.get_mut().write_all(b"INFO memory\r\n")?;
    let field = "used_memory_dataset:";
    for line in connection.lines() {
        if let Some(value) = line?.strip_prefix(field) {
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
