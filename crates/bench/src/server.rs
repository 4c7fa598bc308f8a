//! Server under test: started and stopped by the bench.

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

use super::cpu_time;

/// A running server, stopped on drop.
#[derive(Debug)]
pub(super) struct Server {
    process: Child,
    /// Kept open: writes of the server would fail without a reader.
    _stdout: BufReader<ChildStdout>,
    /// Removed once the server is gone.
    _data: TempDir,
    pub(super) address: String,
}

/// Timeout for readiness, and for the stop.
const TIMEOUT: Duration = Duration::from_secs(30);

impl Server {
    /// Starts `coderunner serve` on free ports, and waits until it accepts jobs.
    pub(super) async fn start() -> anyhow::Result<Self> {
        Self::start_with(&[]).await
    }

    /// As [`start`](Self::start), with settings as environment variables.
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

    /// Process id.
    pub(super) fn pid(&self) -> u32 {
        self.process.id()
    }

    /// Resident memory, in KiB.
    pub(super) fn memory_kib(&self) -> anyhow::Result<f64> {
        let status = self.proc("status")?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
        kib.context("the server's memory is not to be found in /proc")
    }

    /// CPU time of its own process.
    pub(super) fn cpu(&self) -> anyhow::Result<Duration> {
        cpu_time::time_of(self.pid())
    }

    fn proc(&self, file: &str) -> anyhow::Result<String> {
        let path = format!("/proc/{}/{file}", self.pid());
        std::fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))
    }

    async fn until_ready(&self) -> anyhow::Result<()> {
        let deadline = Instant::now() + TIMEOUT;
        let address = format!("{}/ready", self.address);
        loop {
            let error = match reqwest::get(&address).await {
                Ok(answer) if answer.status().is_success() => return Ok(()),
                Ok(answer) => answer.text().await.unwrap_or_default(),
                Err(error) => error.to_string(),
            };
            if Instant::now() > deadline {
                bail!("the server did not become ready: {error}");
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
        // Not needed for any measurement.
        .env("CODERUNNER_LANGUAGES__PREPARE", "false")
        // Ctrl-C reaches only the bench, which then stops its server.
        .process_group(0)
        .stdin(Stdio::null())
        .stdout(Stdio::piped());
    Ok(command)
}

/// The `coderunner` built with this bench, in the same folder.
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
        let deadline = Instant::now() + TIMEOUT;
        while asked == Some(Ok(())) && matches!(self.process.try_wait(), Ok(None)) {
            if Instant::now() > deadline {
                eprintln!("coderunner-bench: the server does not stop, and is killed");
                break;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        // Both fail if it has ended already.
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
