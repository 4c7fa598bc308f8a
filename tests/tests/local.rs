//! Local deployment: the installation of `deploy/local`, started as in its README, with a part of it killed.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process};
use testkit::{Client, bash, binary, eventually};
use tokio::process::{Child, Command};
use wire::JobStatusName;

const PATIENCE: Duration = Duration::from_mins(1);
/// Number of ports used above the first one.
const PORTS: u16 = 32;

/// A running installation. Dropped, all of it is stopped.
struct Installation {
    folder: PathBuf,
    port: u16,
    process: Child,
    _kept: tempfile::TempDir,
}

fn command(name: &str, folder: &Path, port: u16) -> Command {
    let mut command =
        Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../deploy/local/").to_owned() + name);
    command
        .env("LOCAL_FOLDER", folder)
        .env("LOCAL_PORT", port.to_string())
        .env("LOCAL_BINARY", binary())
        // Each worker would prepare toolchains, which takes long in a debug build.
        .env("CODERUNNER_LANGUAGES__PREPARE", "false")
        .stdin(Stdio::null());
    command
}

/// The first of so many ports in a row, none of which anybody listens on. Below those that the kernel hands out.
fn free_ports() -> u16 {
    let begin = 10_000 + u16::try_from(std::process::id() % 600).expect("below 600") * PORTS;
    let is_free = |first: &u16| {
        (*first..*first + PORTS).all(|port| std::net::TcpListener::bind(("127.0.0.1", port)).is_ok())
    };
    (begin..31_000).step_by(PORTS.into()).find(is_free).expect("some ports are free")
}

impl Installation {
    async fn start() -> Self {
        let kept = tempfile::tempdir().expect("a temporary folder");
        let folder = kept.path().join("installation");
        // PostgreSQL runs as another user than root, and has to get to its files.
        let open = std::os::unix::fs::PermissionsExt::from_mode(0o711);
        std::fs::set_permissions(kept.path(), open).expect("its own folder");
        let port = free_ports();
        let log = std::fs::File::create(kept.path().join("up.log")).expect("a file");
        let up = command("up", &folder, port).stdout(Stdio::null()).stderr(log).spawn().expect("it starts");
        let mut local = Self { folder, port, process: up, _kept: kept };
        eventually("the installation is up", PATIENCE, async || {
            if let Some(status) = local.process.try_wait().expect("it can be waited for") {
                panic!("it ended with {status}:\n{}", local.log());
            }
            local.output_text().contains("Code Runner listens on").then_some(())
        })
        .await;
        local
    }

    /// Output of the command.
    fn output_text(&self) -> String {
        std::fs::read_to_string(self.folder.with_file_name("up.log")).unwrap_or_default()
    }

    /// The same, with the logs of its parts.
    fn log(&self) -> String {
        let read = |path: PathBuf| std::fs::read_to_string(path).unwrap_or_default();
        let parts = ["redis", "postgres", "api-1", "worker-1", "nginx"];
        let parts =
            parts.map(|part| format!("{part}: {}", read(self.folder.join(format!("logs/{part}.log")))));
        self.output_text() + &parts.join("\n")
    }

    async fn run(&self, name: &str, part: &str) {
        let done = command(name, &self.folder, self.port).arg(part).output().await.expect("it starts");
        assert!(done.status.success(), "{name} {part}: {}", String::from_utf8_lossy(&done.stderr));
    }

    fn interrupt(&self) {
        let pid = self.process.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?)).expect("it runs");
        kill_process(pid, Signal::INT).expect("it can be signalled");
    }
}

impl Drop for Installation {
    fn drop(&mut self) {
        let mut down =
            std::process::Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../deploy/local/down"));
        down.env("LOCAL_FOLDER", &self.folder).env("LOCAL_PORT", self.port.to_string());
        let _ended_already = down.stderr(Stdio::null()).status();
    }
}

#[tokio::test]
async fn one_command_starts_everything_and_kills_lose_nothing() {
    let mut local = Installation::start().await;
    let client = Client::new(&format!("http://127.0.0.1:{}", local.port));
    let mut jobs = Vec::new();
    for (number, part) in ["worker-2", "api-1"].into_iter().enumerate() {
        let submit = async |name: &str| {
            let said = format!("{name} {number}\n");
            (client.submit(&bash(&format!("sleep 0.2; echo -n '{said}'"))).await, said)
        };
        jobs.push(submit("before").await);
        local.run("kill", part).await;
        jobs.push(submit("without").await);
        local.run("start", part).await;
        jobs.push(submit("after").await);
    }
    for (id, said) in jobs {
        let job = client.wait_for_result(&id).await;
        assert_eq!((job.status, job.output), (JobStatusName::Completed, said));
    }
    local.interrupt();
    let ended =
        tokio::time::timeout(PATIENCE, local.process.wait()).await.expect("in time").expect("waited for");
    assert!(ended.success(), "{}", local.log());
    let left = std::fs::read_dir(local.folder.join("run")).expect("its folder").flatten();
    let left: Vec<_> =
        left.map(|file| file.file_name()).filter(|name| name.to_string_lossy().ends_with(".pid")).collect();
    assert!(left.is_empty(), "still there: {left:?}");
}
