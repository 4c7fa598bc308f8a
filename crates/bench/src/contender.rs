//! Contenders: ways to run a program once, with its duration.

use std::{
    fs,
    path::Path,
    process::{self, Stdio},
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use anyhow::Context;
use languages::{Command, WORK_FOLDER};
use model::{Limits, Stream};
use reqwest::{Client, StatusCode};
use sandbox::{DiskQuota, Pool, PrestartedRun, Program, SandboxError, SandboxFile};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use wire::{ResultBody, SubmitBody};

use super::{measurement::RunMethod, programs::Sample};

/// A repeated run of a program in one of the ways.
#[derive(Debug)]
pub(super) enum Contender {
    Http(HttpContender),
    Process(ProcessContender),
    Sandbox(SandboxContender),
}

/// Submission to a server over HTTP, with the result awaited.
#[derive(Debug)]
pub(super) struct HttpContender {
    pub(super) client: Client,
    pub(super) server: String,
    pub(super) sample: Sample,
}

/// A process, bare or in bubblewrap.
#[derive(Debug)]
pub(super) struct ProcessContender {
    steps: Vec<Command>,
    stdout: Vec<u8>,
    folder: TempDir,
}

/// A run in a sandbox of a pool.
#[derive(Debug)]
pub(super) struct SandboxContender {
    pub(super) pool: Pool,
    pub(super) sample: Sample,
    pub(super) measured_until: MeasuredUntil,
}

/// End of the measured time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MeasuredUntil {
    /// The outcome is known.
    Outcome,
    /// The sandbox is destroyed, too.
    Gone,
}

impl Contender {
    /// Runs it once. A failed run or a wrong output is an error.
    pub(super) async fn run_once(&self) -> Result<Duration, String> {
        match self {
            Self::Http(http) => http.once().await,
            Self::Process(process) => tokio::task::block_in_place(|| process.once()),
            Self::Sandbox(sandbox) => sandbox.once().await,
        }
    }

    /// Waits for the cleanup of the last run.
    pub(super) fn settle(&self) {
        match self {
            Self::Http(_) | Self::Process(_) => {}
            Self::Sandbox(sandbox) => sandbox.settle(),
        }
    }
}

impl HttpContender {
    async fn once(&self) -> Result<Duration, String> {
        let body = self.body();
        let start = Instant::now();
        let (status, text) = self.submit(&body).await.map_err(|error| error.without_url().to_string())?;
        let took = start.elapsed();
        if status != StatusCode::OK {
            return Err(format!("status {status}"));
        }
        let result: ResultBody =
            serde_json::from_str(&text).map_err(|error| format!("not a result: {error}"))?;
        match result.run {
            Some(run) if run.stdout == self.sample.stdout && run.exit_code == Some(0) => Ok(took),
            Some(run) => Err(format!("{:?}, exit code {:?}, or wrong output", run.reason, run.exit_code)),
            None => Err(format!("{:?} without a run", result.status)),
        }
    }

    async fn submit(&self, body: &SubmitBody) -> reqwest::Result<(StatusCode, String)> {
        let address = format!("{}/api/execution/submit?wait=60", self.server);
        let response = self.client.post(address).json(body).send().await?;
        Ok((response.status(), response.text().await?))
    }

    /// All bodies differ, so that no cache can answer.
    fn body(&self) -> SubmitBody {
        static SENT: AtomicU64 = AtomicU64::new(0);
        let Sample { language, file, comment, .. } = &self.sample;
        let number = SENT.fetch_add(1, Ordering::Relaxed);
        let code = file.content.as_text().unwrap_or_default();
        let code = Some(format!("{code}\n{comment} {number}\n"));
        SubmitBody { language: language.clone(), code, ..SubmitBody::default() }
    }
}

impl ProcessContender {
    /// A bare process or one in bubblewrap. Each has a folder of its own, so that many can compile in
    /// parallel.
    pub(super) fn new(sample: &Sample, way: RunMethod) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir().context("cannot make a folder for a program")?;
        fs::write(folder.path().join(&sample.file.name), sample.file.content.as_bytes())
            .context("cannot write a program")?;
        let wrap = |step: &Command| match way {
            RunMethod::Bwrap => in_bwrap(step, folder.path()),
            RunMethod::Http
            | RunMethod::Bare
            | RunMethod::Cold
            | RunMethod::ColdUntilGone
            | RunMethod::Leased
            | RunMethod::Graded => in_folder(step, folder.path()),
        };
        let steps = sample.steps.iter().map(wrap).collect();
        Ok(Self { steps, stdout: sample.stdout.clone().into_bytes(), folder })
    }

    fn once(&self) -> Result<Duration, String> {
        let start = Instant::now();
        let mut stdout = Vec::new();
        for step in &self.steps {
            stdout = self.step(step)?;
        }
        let took = start.elapsed();
        if stdout == self.stdout { Ok(took) } else { Err("wrong output".to_owned()) }
    }

    /// An absolute path, and nothing that `posix_spawn` cannot do: the cheapest way to start a process.
    fn step(&self, step: &Command) -> Result<Vec<u8>, String> {
        let (program, args) = step.argv.split_first().ok_or("no program")?;
        let output = process::Command::new(program)
            .args(args)
            .env_clear()
            .envs(step.env.iter().map(|(name, value)| (name, value)))
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .output()
            .map_err(|error| format!("{program} does not start: {error}"))?;
        if output.status.success() {
            return Ok(output.stdout);
        }
        let stderr = String::from_utf8_lossy(&output.stderr);
        Err(format!("{}: {}", output.status, stderr.lines().next().unwrap_or_default()))
    }
}

/// The command line with `folder` instead of a sandbox's work folder.
pub(super) fn in_folder(step: &Command, folder: &Path) -> Command {
    let from = format!("{WORK_FOLDER}/");
    let to = |arg: &String| match arg.strip_prefix(&from) {
        Some(name) => folder.join(name).to_string_lossy().into_owned(),
        None => arg.clone(),
    };
    Command { argv: step.argv.iter().map(to).collect(), ..step.clone() }
}

/// The command line in bubblewrap: all namespaces new, and a minimal root.
fn in_bwrap(step: &Command, folder: &Path) -> Command {
    let folder = folder.to_string_lossy();
    let root = "--unshare-all --die-with-parent --ro-bind /usr /usr --symlink usr/bin /bin --symlink usr/lib /lib \
                --symlink usr/lib64 /lib64 --proc /proc --dev /dev --tmpfs /tmp";
    let mut argv = vec![BWRAP.to_owned()];
    argv.extend(root.split_whitespace().map(str::to_owned));
    argv.extend(["--bind", &folder, WORK_FOLDER, "--chdir", WORK_FOLDER].map(str::to_owned));
    argv.extend(step.argv.iter().cloned());
    Command { argv, ..step.clone() }
}

const BWRAP: &str = "/usr/bin/bwrap";

/// Version of bubblewrap, if it is installed.
pub(super) fn bwrap() -> Option<String> {
    let output = process::Command::new(BWRAP).arg("--version").output().ok()?;
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

impl SandboxContender {
    async fn once(&self) -> Result<Duration, String> {
        let files = [SandboxFile::plain(&self.sample.file.name, self.sample.file.content.as_bytes())];
        let start = Instant::now();
        let stdout = self.run(&files).await.map_err(|error| error.to_string())?;
        if self.measured_until == MeasuredUntil::Gone {
            self.settle();
        }
        let took = start.elapsed();
        if stdout.as_deref() == Some(self.sample.stdout.as_bytes()) {
            Ok(took)
        } else {
            Err("wrong output".to_owned())
        }
    }

    /// The output; `None` if it failed.
    async fn run(&self, files: &[SandboxFile]) -> Result<Option<Vec<u8>>, SandboxError> {
        let lease = self.pool.lease(self.sample.prestart_language(), self.sample.memory()).await?;
        let mut sandbox = lease.open(files, DiskQuota::STANDARD)?;
        let mut stdout = None;
        for step in &self.sample.steps {
            let limits = step.limits.unwrap_or(Limits::STUDENT);
            let (argv, env) = (step.argv.clone(), step.env.clone());
            let waiting = self.sample.prestart_language().map(str::to_owned);
            let ahead = waiting.map(|prestart| PrestartedRun { prestart, args: Vec::new(), env: Vec::new() });
            let program = Program { prestarted: ahead, ..Program::new(argv, env, limits) };
            let outcome = sandbox.run(&program, &CancellationToken::new(), &mut |_, _| {}).await?;
            stdout = outcome.is_success().then(|| outcome.transcript.of(Stream::Stdout));
        }
        self.pool.take_back(sandbox.finish());
        Ok(stdout)
    }

    /// Polls so often that the wait itself hardly adds to the time.
    fn settle(&self) {
        tokio::task::block_in_place(|| {
            while self.pool.free_slots() < self.pool.slots() as usize {
                std::thread::sleep(Duration::from_micros(50));
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(argv: &[&str]) -> Command {
        Command { argv: argv.iter().map(|&arg| arg.to_owned()).collect(), env: vec![], limits: None }
    }

    #[test]
    fn a_bare_program_is_looked_for_in_its_folder_instead_of_the_work_folder() {
        let moved = in_folder(&command(&["/box/main", "-o", "main", "/boxer"]), Path::new("/tmp/x"));
        assert_eq!(moved.argv, ["/tmp/x/main", "-o", "main", "/boxer"]);
    }

    #[test]
    fn in_bubblewrap_the_program_comes_last_and_works_in_the_work_folder() {
        let wrapped = in_bwrap(&command(&["/bin/true", "a b"]), Path::new("/tmp/x y")).argv;
        assert_eq!(wrapped[..2], [BWRAP, "--unshare-all"]);
        let end = ["--bind", "/tmp/x y", "/box", "--chdir", "/box", "/bin/true", "a b"];
        assert_eq!(wrapped[wrapped.len() - end.len()..], end);
    }
}
