//! Invocation: one run of a `coderunner` command, with its output and exit code.

use std::{
    ffi::{OsStr, OsString},
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};

use serde_json::Value;
use tokio::{
    io::AsyncWriteExt as _,
    process::Command,
    time::{sleep, timeout},
};

use crate::{binary, ids, server::interrupt};

const PATIENCE: Duration = Duration::from_mins(1);

/// A command to be run to its end.
#[derive(Debug, Clone)]
pub struct Invocation {
    /// Prefix of the command line, which receives the program and its arguments as last arguments.
    through: Vec<OsString>,
    program: PathBuf,
    args: Vec<OsString>,
    stdin: Option<Vec<u8>>,
    env: Vec<(String, String)>,
    folder: PathBuf,
    interrupted_after: Option<Duration>,
    timeout: Duration,
}

/// Result of a command.
#[derive(Debug, Clone)]
pub struct CommandOutput {
    /// Its exit code; none if a signal ended it.
    pub code: Option<i32>,
    /// Its standard output.
    pub stdout: String,
    /// Its standard error.
    pub stderr: String,
    /// Duration of the run.
    pub duration: Duration,
}

impl Invocation {
    /// `coderunner` with these arguments, without input, in the system's temporary folder.
    pub fn new(args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        Self::of_program(binary(), args)
    }

    /// The same for another program.
    pub fn of_program(program: &Path, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        let args = args.into_iter().map(|arg| arg.as_ref().to_owned()).collect();
        Self {
            through: Vec::new(),
            program: program.to_owned(),
            args,
            stdin: None,
            env: Vec::new(),
            folder: std::env::temp_dir(),
            interrupted_after: None,
            timeout: PATIENCE,
        }
    }

    /// With further arguments.
    #[must_use]
    pub fn args(mut self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        self.args.extend(args.into_iter().map(|arg| arg.as_ref().to_owned()));
        self
    }

    /// Started by this command: it gets the program, here as a copy at `program`, and its arguments as its own last ones.
    #[must_use]
    pub fn through_wrapper(
        self,
        command: impl IntoIterator<Item = impl AsRef<OsStr>>,
        program: impl Into<PathBuf>,
    ) -> Self {
        let through = command.into_iter().map(|word| word.as_ref().to_owned()).collect();
        Self { through, program: program.into(), ..self }
    }

    /// With this standard input, as a pipe.
    #[must_use]
    pub fn stdin(self, bytes: impl Into<Vec<u8>>) -> Self {
        Self { stdin: Some(bytes.into()), ..self }
    }

    /// With this variable in its environment.
    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.env.push((name.to_owned(), value.to_owned()));
        self
    }

    /// In this folder.
    #[must_use]
    pub fn in_folder(self, folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into(), ..self }
    }

    /// With this timeout instead of one minute.
    #[must_use]
    pub fn with_timeout(self, patience: Duration) -> Self {
        Self { timeout: patience, ..self }
    }

    /// Sends SIGINT to it and its children after this delay, as Ctrl-C in a terminal does.
    #[must_use]
    pub fn with_interrupt_after(self, delay: Duration) -> Self {
        Self { interrupted_after: Some(delay), ..self }
    }

    /// Runs it to its end.
    pub async fn output(self) -> CommandOutput {
        let began = Instant::now();
        let mut words = self.through.iter().map(OsString::as_os_str).chain([self.program.as_os_str()]);
        let mut command = Command::new(words.next().expect("the program, at least"));
        command.args(words);
        ids::isolate(&mut command, &ids::block());
        let input = if self.stdin.is_some() { Stdio::piped() } else { Stdio::null() };
        command.args(&self.args).envs(self.env).current_dir(self.folder);
        command.stdin(input).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        let mut child = command.process_group(0).spawn().expect("coderunner starts");
        if let Some(delay) = self.interrupted_after {
            sleep(delay).await;
            interrupt(child.id().expect("it has not been waited for"));
        }
        if let Some(bytes) = self.stdin {
            let mut pipe = child.stdin.take().expect("its input is a pipe");
            // A command that does not read all input closes its end.
            tokio::spawn(async move {
                let _unwanted = pipe.write_all(&bytes).await;
            });
        }
        let output = timeout(self.timeout, child.wait_with_output()).await;
        let output = output.unwrap_or_else(|_| panic!("coderunner {:?} does not end", self.args));
        let output = output.expect("its output can be read");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        CommandOutput {
            code: output.status.code(),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
            duration: began.elapsed(),
        }
    }
}

impl CommandOutput {
    /// Its output as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("no JSON ({error}): {self:?}"))
    }
}
