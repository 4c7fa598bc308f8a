//! A server of our own to measure, started and stopped by the bench.

use std::{
    io::{BufRead, BufReader},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, bail};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use super::processor;

/// A started server. Stopped when dropped, however the bench ends.
#[derive(Debug)]
pub(super) struct Server {
    process: Child,
    /// Held open: a server whose output nobody takes would fail to write it.
    _stdout: BufReader<ChildStdout>,
    /// Removed once the server is gone.
    _data: TempDir,
    pub(super) address: String,
}

/// How long a server may take until it is ready, and until it has stopped.
const PATIENCE: Duration = Duration::from_secs(30);

impl Server {
    /// Starts `coderunner` as a server on free ports, and waits until it takes work.
    pub(super) async fn start() -> anyhow::Result<Self> {
        Self::start_with(&[]).await
    }

    /// The same with settings of its own, by the names that they have in the environment.
    pub(super) async fn start_with(settings: &[(&str, &str)]) -> anyhow::Result<Self> {
        let data = tempfile::tempdir().context("cannot make a folder for the server's data")?;
        let mut process = serve(data.path())?
            .envs(settings.iter().copied())
            .spawn()
            .context("cannot start the server that is to be measured")?;
        let mut stdout = BufReader::new(process.stdout.take().expect("it was asked for"));
        let mut line = String::new();
        let read = stdout.read_line(&mut line);
        let address = read.ok().and_then(|_| address(&line)).map(str::to_owned);
        let server = Self { process, _stdout: stdout, _data: data, address: address.unwrap_or_default() };
        anyhow::ensure!(!server.address.is_empty(), "the server does not say where it listens");
        server.until_ready().await?;
        Ok(server)
    }

    /// Its process.
    pub(super) fn pid(&self) -> u32 {
        self.process.id()
    }

    /// Its memory that is in RAM, in KiB.
    pub(super) fn memory_kib(&self) -> anyhow::Result<f64> {
        let status = self.proc("status")?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
        kib.context("the server's memory is not to be found in /proc")
    }

    /// The processor time that its own process has taken.
    pub(super) fn cpu(&self) -> anyhow::Result<Duration> {
        processor::time_of(self.pid())
    }

    fn proc(&self, file: &str) -> anyhow::Result<String> {
        let path = format!("/proc/{}/{file}", self.pid());
        std::fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))
    }

    async fn until_ready(&self) -> anyhow::Result<()> {
        let deadline = Instant::now() + PATIENCE;
        let address = format!("{}/ready", self.address);
        loop {
            let why = match reqwest::get(&address).await {
                Ok(answer) if answer.status().is_success() => return Ok(()),
                Ok(answer) => answer.text().await.unwrap_or_default(),
                Err(error) => error.to_string(),
            };
            if Instant::now() > deadline {
                bail!("the server did not become ready: {why}");
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

fn serve(data: &Path) -> anyhow::Result<Command> {
    let mut command = Command::new(coderunner()?);
    command
        .args(["serve", "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", "--limits", "off"])
        .arg("--data")
        .arg(data)
        .env("CODERUNNER_LOG__FILTER", "warn")
        // Nothing that is measured needs it.
        .env("CODERUNNER_LANGUAGES__PREPARE", "false")
        // Ctrl-C is for the bench, which then stops its server.
        .process_group(0)
        .stdin(Stdio::null())
        .stdout(Stdio::piped());
    Ok(command)
}

/// The `coderunner` that was built with this bench, which lies beside it.
fn coderunner() -> anyhow::Result<PathBuf> {
    let bench = std::env::current_exe().context("cannot tell where this bench is")?;
    let coderunner = bench.with_file_name("coderunner");
    anyhow::ensure!(coderunner.is_file(), "{} is missing: build it first", coderunner.display());
    Ok(coderunner)
}

/// The address in a server's first line.
fn address(line: &str) -> Option<&str> {
    let (_, address) = line.trim_end().split_once(" listens on ")?;
    address.starts_with("http://").then_some(address)
}

impl Drop for Server {
    fn drop(&mut self) {
        let pid = i32::try_from(self.process.id()).ok().and_then(Pid::from_raw);
        let asked = pid.map(|pid| kill_process(pid, Signal::TERM));
        let deadline = Instant::now() + PATIENCE;
        while asked == Some(Ok(())) && matches!(self.process.try_wait(), Ok(None)) {
            if Instant::now() > deadline {
                eprintln!("coderunner-bench: the server does not stop, and is killed");
                break;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        // Both fail when it is gone already.
        let _gone = self.process.kill().and_then(|()| self.process.wait());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_in_the_first_line_of_a_server() {
        assert_eq!(
            address("Code Runner listens on http://127.0.0.1:41001\n"),
            Some("http://127.0.0.1:41001")
        );
        assert_eq!(address("Code Runner listens on something else\n"), None);
        assert_eq!(address(""), None);
    }
}
