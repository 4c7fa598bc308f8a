//! PostgreSQL of a test.
//!
//! The files of a new server are created once per machine and copied for each test, so that a start takes a tenth of a second.

use std::{
    fs::{self, File},
    io::Write as _,
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use rustix::process::{Pid, Signal, geteuid, kill_process};
use tempfile::TempDir;

use crate::{daemon::Daemon, eventually, host};

/// The server refuses to run as root, so root starts it as the user `nobody`.
const NOBODY: u32 = 65534;
/// The role that owns everything, and its database, which is empty at first.
const NAME: &str = "coderunner";
/// After a kill it first replays its log.
const RECOVERY: Duration = Duration::from_secs(30);
/// Timeout of a requested shutdown, before it is killed.
const END: Duration = Duration::from_secs(5);

/// Whether acknowledged commits survive a power loss.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flush {
    /// They do, as in production.
    Always,
    /// They do not, which is faster. They survive the death of the server.
    Never,
}

/// A running server with an empty database.
#[derive(Debug)]
pub struct Postgres {
    folder: TempDir,
    flush: Flush,
    port: u16,
    /// `None` while it is down.
    life: Option<Daemon>,
}

impl Postgres {
    /// Starts a server that leaves flushing to the kernel: commits survive its death, but not a power loss.
    pub async fn start() -> Self {
        Self::start_with(Flush::Never).await
    }

    /// Starts a server that flushes each commit to the disk, as in production.
    pub async fn start_durable() -> Self {
        Self::start_with(Flush::Always).await
    }

    async fn start_with(flush: Flush) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        change_owner(folder.path());
        copy(&template(), &data(folder.path()));
        let life = Daemon::start(folder.path(), |port| serve(folder.path(), port, flush)).await;
        let started = Self { port: life.at().port(), folder, flush, life: Some(life) };
        started.is_ready().await;
        started
    }

    /// URL of its database, up or down.
    pub fn url(&self) -> String {
        format!("postgres://{NAME}@127.0.0.1:{}/{NAME}?sslmode=disable", self.port)
    }

    /// Its port.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Ends it, and all processes that serve its clients, with SIGKILL.
    pub fn kill(&mut self) {
        let processes = self.processes();
        self.life.take().expect("it runs");
        signal(&processes, Signal::KILL);
    }

    /// Restarts it with its data and address, and waits until it answers.
    pub async fn restart(&mut self) {
        assert!(self.life.is_none(), "it runs");
        let (folder, flush) = (self.folder.path(), self.flush);
        self.life = Some(Daemon::start_at(folder, self.port, |port| serve(folder, port, flush)).await);
        self.is_ready().await;
    }

    /// Freezes it: connections stay open, without answers.
    pub fn freeze(&self) {
        self.life().signal(Signal::STOP);
        signal(&self.processes(), Signal::STOP);
    }

    /// Resumes it.
    pub fn thaw(&self) {
        signal(&self.processes(), Signal::CONT);
        self.life().signal(Signal::CONT);
    }

    /// Terminates all backends, as an operator can, and so breaks all connections.
    pub fn terminate_backends(&self) {
        self.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()");
    }

    /// Runs a statement in its database, and returns the result, a line for each row.
    pub fn sql(&self, statement: &str) -> String {
        let shown = program("psql")
            .args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set", "ON_ERROR_STOP=1"])
            .args(["--command", statement, &self.url()])
            .output()
            .expect("psql starts");
        assert!(shown.status.success(), "{statement}: {}", String::from_utf8_lossy(&shown.stderr));
        String::from_utf8_lossy(&shown.stdout).trim_end().to_owned()
    }

    async fn is_ready(&self) {
        let port = self.port.to_string();
        eventually("PostgreSQL answers", RECOVERY, async || {
            let asked = program("pg_isready")
                .args(["--quiet", "--host", "127.0.0.1", "--port", &port, "--username", NAME])
                .args(["--dbname", NAME])
                .status();
            asked.expect("pg_isready starts").success().then_some(())
        })
        .await;
    }

    fn life(&self) -> &Daemon {
        self.life.as_ref().expect("it runs")
    }

    /// The child processes of the listening one.
    fn processes(&self) -> Vec<u32> {
        host::descendants(self.life().pid()).iter().map(|process| process.pid).collect()
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let Some(mut life) = self.life.take() else { return };
        let processes = host::descendants(life.pid());
        signal(&processes.iter().map(|process| process.pid).collect::<Vec<_>>(), Signal::CONT);
        // Ends at once and, unlike after SIGKILL, leaves no shared memory behind.
        life.signal(Signal::CONT);
        life.signal(Signal::QUIT);
        life.end_within(END);
    }
}

fn signal(processes: &[u32], signal: Signal) {
    for pid in processes {
        if let Some(pid) = i32::try_from(*pid).ok().and_then(Pid::from_raw) {
            // A process may have ended by itself meanwhile.
            let _ended = kill_process(pid, signal);
        }
    }
}

fn data(folder: &Path) -> PathBuf {
    folder.join("data")
}

fn serve(folder: &Path, port: u16, flush: Flush) -> Command {
    let mut command = unprivileged("postgres");
    command.arg("-D").arg(data(folder)).args(["-h", "127.0.0.1", "-k", "", "-p", &port.to_string()]);
    for setting in ["max_connections=200", "shared_buffers=64MB"] {
        command.args(["-c", setting]);
    }
    if flush == Flush::Never {
        command.args(["-c", "fsync=off"]);
    }
    command.current_dir(folder);
    command
}

/// The files of a new server, created by the first test that needs them.
fn template() -> PathBuf {
    let folder = std::env::temp_dir().join(format!("coderunner-postgres-{}", geteuid().as_raw()));
    fs::create_dir_all(&folder).expect("a folder for the template");
    let lock = File::create(folder.join("lock")).expect("a lock file");
    lock.lock().expect("locks");
    let template = folder.join("template");
    if !template.exists() {
        let unfinished = folder.join("unfinished");
        if unfinished.exists() {
            fs::remove_dir_all(&unfinished).expect("what was broken off is removed");
        }
        fs::create_dir(&unfinished).expect("a folder for the template");
        change_owner(&unfinished);
        make(&unfinished);
        fs::rename(&unfinished, &template).expect("the template is finished");
    }
    template
}

fn make(folder: &Path) {
    let mut init = unprivileged("initdb");
    init.args(["--username", NAME, "--auth", "trust", "--encoding", "UTF8", "--locale", "C", "--no-sync"]);
    init.arg("-D").arg(folder).current_dir(folder);
    let made = init.output().expect("initdb starts; scripts/install-deps test installs it");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));

    let mut single = unprivileged("postgres");
    single.arg("--single").arg("-D").arg(folder).arg("postgres").current_dir(folder);
    let mut single = single.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().expect("postgres starts");
    let mut input = single.stdin.take().expect("is piped");
    writeln!(input, "CREATE DATABASE {NAME}").expect("reads");
    drop(input);
    assert!(single.wait().expect("ends").success(), "the database was not made");
}

fn copy(from: &Path, to: &Path) {
    let copied = Command::new("cp").arg("--archive").arg(from).arg(to).status().expect("cp starts");
    assert!(copied.success(), "{} was not copied", from.display());
}

/// Changes the owner of the folder to the user of the server.
fn change_owner(folder: &Path) {
    if geteuid().is_root() {
        std::os::unix::fs::chown(folder, Some(NOBODY), Some(NOBODY)).expect("root gives folders away");
    }
}

fn unprivileged(name: &str) -> Command {
    let mut command = program(name);
    if geteuid().is_root() {
        command.uid(NOBODY).gid(NOBODY);
    }
    command
}

/// A program of the newest installed PostgreSQL; Debian keeps most of them outside of PATH.
fn program(name: &str) -> Command {
    let installed = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let newest = installed
        .max_by_key(|version| version.file_name().to_str().and_then(|version| version.parse::<u32>().ok()));
    let inside = newest.map(|version| version.path().join("bin").join(name)).filter(|path| path.exists());
    Command::new(inside.unwrap_or_else(|| name.into()))
}
