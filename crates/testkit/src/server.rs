//! Server of a test: `coderunner serve` with a data folder of its own.

use std::{
    fs::{self, File, OpenOptions},
    net::SocketAddr,
    ops::Range,
    os::{fd::AsFd as _, unix::fs::PermissionsExt as _},
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use reqwest::Method;
use rustix::process::{
    Pid, PidfdFlags, Signal, kill_process, kill_process_group, pidfd_open, pidfd_send_signal,
};
use tempfile::TempDir;
use tokio::{
    process::Child,
    process::Command,
    time::{sleep, timeout},
};

use crate::{Client, SmallDisk, binary, eventually, host, ids};

/// A debug build on a busy machine needs a moment.
const START: Duration = Duration::from_secs(30);
/// Longer than a server waits for running programs.
const STOP: Duration = Duration::from_secs(45);
/// The networks whose requests are not counted.
const EXEMPT: &str = "CODERUNNER_TRAFFIC__EXEMPT";
/// A longer part of the log would hide the relevant lines.
const LOG_LINES: usize = 200;

/// Configuration of a server.
#[derive(Debug, Clone)]
pub struct Setup {
    /// Number of slots.
    pub slots: u32,
    /// Further flags.
    pub flags: Vec<String>,
    /// Its configuration file, as text without the table `[sandbox]`.
    pub config: String,
    /// Prepared sandboxes in its slots, by language or for `any`.
    pub prestarted: Vec<(&'static str, usize)>,
    /// Environment variables in addition to those of this process.
    pub env: Vec<(&'static str, String)>,
    /// Files in its folder of problems, by their paths there.
    pub content: Vec<(String, Vec<u8>)>,
    /// Whether it prepares toolchains at its start, which takes seconds.
    pub prepare: bool,
    /// A disk for its data folder, instead of the one that all tests share.
    pub disk: Option<Arc<SmallDisk>>,
    /// Whether it keeps its address when it is restarted.
    pub keep_address: bool,
    /// Prefix of the command line, which receives the program and its arguments as last arguments; it must exec the program.
    pub wrapper: Vec<String>,
    /// The user that it runs as, with read access to its folder only; `None` for the user of the test.
    pub user: Option<u32>,
}

impl Default for Setup {
    fn default() -> Self {
        let ahead = vec![("python", 1), ("any", 1)];
        let (flags, config, env, content) = (Vec::new(), String::new(), Vec::new(), Vec::new());
        Self {
            slots: 2,
            flags,
            config,
            prestarted: ahead,
            env,
            content,
            prepare: false,
            disk: None,
            keep_address: false,
            wrapper: Vec::new(),
            user: None,
        }
    }
}

impl Setup {
    /// The default configuration, with this many slots.
    pub fn with_slots(slots: u32) -> Self {
        Self { slots, prestarted: vec![("any", slots as usize)], ..Self::default() }
    }

    /// With this as its configuration file.
    #[must_use]
    pub fn config(self, text: &str) -> Self {
        Self { config: text.to_owned(), ..self }
    }

    /// With this file in its folder of problems.
    #[must_use]
    pub fn with_content(mut self, path: &str, bytes: impl Into<Vec<u8>>) -> Self {
        self.content.push((path.to_owned(), bytes.into()));
        self
    }

    /// With rate limits for requests from this machine. By default they are exempt, since tests send more than a person
    /// would.
    #[must_use]
    pub fn with_local_rate_limits(mut self) -> Self {
        self.env.push((EXEMPT, String::new()));
        self
    }

    /// Starts a server on a new data folder and waits until it is ready.
    pub async fn start(self) -> Server {
        let server = self.launch().await;
        server.until_ready().await;
        server
    }

    /// Starts a server on a new data folder and waits until it listens, ready or not.
    pub async fn launch(self) -> Server {
        let folder = tempfile::tempdir().expect("a temporary folder");
        fs::write(folder.path().join("config.toml"), self.file()).expect("a configuration file");
        for (path, bytes) in &self.content {
            write_content(folder.path(), path, bytes);
        }
        let (ids, address) = (ids::block(), "127.0.0.1:0".to_owned());
        let mut server = Server { setup: self, folder, ids, address, process: None, former_pids: Vec::new() };
        server.launch().await;
        server
    }

    fn file(&self) -> String {
        let ahead = self.prestarted.iter().map(|(kind, count)| format!("{kind} = {count}\n"));
        format!("{}\n[sandbox.warm]\n{}", self.config, ahead.collect::<Vec<_>>().concat())
    }

    /// Number of prestarted runtimes when no program runs.
    fn count_prestarted(&self) -> usize {
        self.prestarted.iter().filter(|(kind, _)| *kind != "any").map(|(_, count)| count).sum()
    }
}

/// The program's command, with these words as prefix.
fn command_with_prefix(words: &[String]) -> Command {
    let Some((first, others)) = words.split_first() else { return Command::new(binary()) };
    let mut command = Command::new(first);
    command.args(others).arg(binary());
    command
}

/// A running `coderunner serve`, or the data folder of one that was. It is killed when this is dropped, and its log shown if
/// the test has failed.
#[derive(Debug)]
pub struct Server {
    setup: Setup,
    folder: TempDir,
    ids: Range<u32>,
    /// Its address.
    address: String,
    process: Option<ServerProcess>,
    /// Pids of its earlier processes.
    former_pids: Vec<u32>,
}

/// One process of the server.
#[derive(Debug)]
struct ServerProcess {
    process: Child,
    pid: u32,
    /// `None` if only the routes for operators are served.
    client: Option<Client>,
    admin: Client,
}

impl Server {
    /// A server with the default configuration.
    pub async fn start() -> Self {
        Setup::default().start().await
    }

    /// Starts it on its old data folder and waits until it is ready.
    pub async fn restart(&mut self) {
        self.launch().await;
        self.until_ready().await;
    }

    /// Starts it on its old data folder and waits until it listens, ready or not.
    pub async fn relaunch(&mut self) {
        self.launch().await;
    }

    async fn launch(&mut self) {
        assert!(self.process.is_none(), "it runs");
        let mut process = self.spawn();
        let pid = process.id().expect("it has not been waited for");
        let (api, admin) = self.addresses(&mut process).await;
        if self.setup.keep_address
            && let Some(api) = &api
        {
            api.trim_start_matches("http://").clone_into(&mut self.address);
        }
        let client = api.as_deref().map(Client::new);
        self.process = Some(ServerProcess { process, pid, client, admin: Client::new(&admin) });
        self.until_started().await;
    }

    /// Waits until all of its routes are served, ready or not.
    async fn until_started(&self) {
        let has_started = async || {
            let answer = self.admin().try_send(self.admin().request(Method::GET, "/ready")).await.ok()?;
            let starts = String::from_utf8_lossy(&answer.body).contains("The server is starting");
            (!starts).then_some(())
        };
        eventually("the server has started", START, has_started).await;
    }

    async fn until_ready(&self) {
        let is_ready = async || (self.admin().get("/ready").await.status == 200).then_some(());
        eventually("the server is ready", START, is_ready).await;
    }

    /// Waits until a [launched](Setup::launch) server is ready.
    pub async fn wait_until_ready(&self) {
        self.until_ready().await;
    }

    fn spawn(&self) -> Child {
        let path = |name: &str| self.folder.path().join(name);
        let log = OpenOptions::new().create(true).append(true).open(path("log")).expect("a log file");
        let mut command = match (&self.setup.disk, self.setup.user) {
            (Some(disk), _) => on_disk(disk),
            (None, Some(user)) => as_user(user, self.folder.path()),
            (None, None) => command_with_prefix(&self.setup.wrapper),
        };
        ids::isolate(&mut command, &self.ids);
        command
            .args(["serve", "--listen", &self.address, "--admin-listen", "127.0.0.1:0"])
            .args(["--slots", &self.setup.slots.to_string()])
            .arg("--config")
            .arg(path("config.toml"))
            .arg("--data")
            .arg(self.data())
            .args(&self.setup.flags)
            .env(EXEMPT, "127.0.0.0/8")
            .env("CODERUNNER_LANGUAGES__PREPARE", self.setup.prepare.to_string())
            .envs(self.setup.env.iter().map(|(name, value)| (name, value)))
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .stdout(File::create(path("announced")).expect("a file for its output"))
            .stderr(log)
            // A process group of its own can receive the signals of a terminal, which go to all processes of a group.
            .process_group(0)
            .kill_on_drop(true);
        command.spawn().expect("coderunner starts")
    }

    /// The addresses that it reports: of its API, if it has one, and of the listener for operators, which is last.
    async fn addresses(&self, process: &mut Child) -> (Option<String>, String) {
        let announced = self.folder.path().join("announced");
        eventually("the server says where it is", START, async || {
            if let Some(status) = process.try_wait().expect("it can be waited for") {
                panic!("the server ended with {status}:\n{}", self.log());
            }
            let text = fs::read_to_string(&announced).expect("its output");
            let lines = text.split_inclusive('\n').filter(|line| line.ends_with('\n'));
            let told = |begins: &str| {
                let line = lines.clone().find(|line| line.starts_with(begins))?;
                Some(line.trim().rsplit_once(' ')?.1.to_owned())
            };
            let admin = told("Metrics")?;
            Some((told("Code Runner"), admin))
        })
        .await
    }

    /// Its API.
    pub fn client(&self) -> &Client {
        self.life().client.as_ref().expect("it has a role that serves clients")
    }

    /// Whether it has the role execution, or forwards requests to it.
    pub(crate) fn takes_submissions(&self) -> bool {
        let roles = self.setup.env.iter().find(|(name, _)| *name == "CODERUNNER_ROLES");
        roles.is_none_or(|(_, roles)| roles.contains("execution") || roles.contains("gateway"))
    }

    /// The URL of its API.
    pub fn address(&self) -> SocketAddr {
        let address = self.client().base().rsplit('/').next().and_then(|address| address.parse().ok());
        address.expect("a server says its address and port")
    }

    /// Its listener for operators.
    pub fn admin(&self) -> &Client {
        &self.life().admin
    }

    /// Its pid.
    pub fn pid(&self) -> u32 {
        self.life().pid
    }

    /// Its data folder.
    pub fn data(&self) -> PathBuf {
        self.setup.disk.as_ref().map_or(self.folder.path(), |disk| disk.path()).join("data")
    }

    /// A folder of this test, removed after it.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file into its folder of problems, which it reads at its start.
    pub fn write_content(&self, path: &str, bytes: &[u8]) {
        write_content(self.folder.path(), path, bytes);
    }

    /// The users that own the processes of its sandboxes, if it is started by root.
    pub const fn ids(&self) -> &Range<u32> {
        &self.ids
    }

    /// Waits until its guests have ended, except for prestarted runtimes.
    pub async fn wait_for_no_guests(&self, timeout: Duration) {
        let began = Instant::now();
        loop {
            let guests = host::guest_processes(self.pid(), &self.ids);
            if guests.len() <= self.setup.count_prestarted() {
                return;
            }
            assert!(began.elapsed() < timeout, "still there after {timeout:?}: {guests:?}");
            sleep(Duration::from_millis(10)).await;
        }
    }

    /// Its log, including that of earlier processes.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// Ends its process with SIGKILL, without a shutdown.
    pub async fn kill(&mut self) {
        let mut life = self.end_of_life();
        life.process.kill().await.expect("it can be killed");
    }

    /// Sends SIGTERM, and does not wait.
    pub fn send_sigterm(&self) {
        let pid = as_pid(self.pid());
        let process = pidfd_open(pid, PidfdFlags::empty()).expect("it has not been waited for");
        pidfd_send_signal(process.as_fd(), Signal::TERM).expect("it can be signalled");
    }

    /// Freezes its own process: connections stay open, without answers, and its guests continue.
    pub fn freeze(&self) {
        kill_process(as_pid(self.pid()), Signal::STOP).expect("it can be signalled");
    }

    /// Resumes it.
    pub fn thaw(&self) {
        kill_process(as_pid(self.pid()), Signal::CONT).expect("it can be signalled");
    }

    /// Does what Ctrl-C in a terminal does: SIGINT, to it and to all processes that it has started.
    pub fn send_sigint(&self) {
        interrupt(self.pid());
    }

    /// Waits for it to end by itself.
    pub async fn wait(&mut self) -> ExitStatus {
        let mut life = self.end_of_life();
        let ended = timeout(STOP, life.process.wait()).await;
        ended.expect("the server ends in time").expect("it can be waited for")
    }

    /// Asks it to stop and waits until it has.
    pub async fn stop(&mut self) -> ExitStatus {
        self.send_sigterm();
        self.wait().await
    }

    fn end_of_life(&mut self) -> ServerProcess {
        let life = self.process.take().expect("it runs");
        self.former_pids.push(life.pid);
        life
    }

    fn life(&self) -> &ServerProcess {
        self.process.as_ref().expect("it runs")
    }
}

/// The program, where it sees this disk.
fn on_disk(disk: &SmallDisk) -> Command {
    let within = disk.files();
    let mut command = Command::new(&within[0]);
    command.args(&within[1..]).arg(binary());
    command
}

/// The program, where this user can get at it.
fn as_user(user: u32, folder: &Path) -> Command {
    let program = folder.join("coderunner");
    if !program.exists() && fs::hard_link(binary(), &program).is_err() {
        fs::copy(binary(), &program).expect("a copy");
    }
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).expect("it is ours");
    let mut command = Command::new(program);
    command.uid(user).gid(user);
    command
}

fn write_content(folder: &Path, path: &str, bytes: &[u8]) {
    let path = folder.join("content").join(path);
    fs::create_dir_all(path.parent().expect("it is in a folder")).expect("a folder");
    fs::write(path, bytes).expect("a file");
}

/// Sends what a terminal sends at Ctrl-C, to all processes of the group that this one leads.
pub(crate) fn interrupt(leader: u32) {
    kill_process_group(as_pid(leader), Signal::INT).expect("it can be signalled");
}

fn as_pid(pid: u32) -> Pid {
    i32::try_from(pid).ok().and_then(Pid::from_raw).expect("a pid is a positive int")
}

impl Drop for Server {
    fn drop(&mut self) {
        if self.process.is_some() {
            self.end_of_life().end();
        }
        self.former_pids.iter().for_each(|pid| host::remove_cgroups_of(*pid));
        if std::thread::panicking() {
            let log = self.log();
            let lines: Vec<&str> = log.lines().collect();
            let last = lines.len().saturating_sub(LOG_LINES);
            eprintln!("--- the server's log ---\n{}\n---", lines[last..].join("\n"));
        }
    }
}

impl ServerProcess {
    /// Kills and reaps it.
    fn end(mut self) {
        let _ended_already = self.process.start_kill();
        // Blocking, but a dying process is not long in dying.
        while let Ok(None) = self.process.try_wait() {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}
