//! The machine, as far as looking for toolchains is concerned.

use std::{
    fs, io,
    io::Read,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use crate::ENVIRONMENT;

/// What detection asks of the machine. Asked by several threads at once.
pub trait Host: Sync {
    /// The executable file at `path`, with symlinks followed; `None` when there is none.
    fn executable(&self, path: &Path) -> Option<PathBuf>;

    /// Whether there is a file or folder at `path`.
    fn exists(&self, path: &Path) -> bool;

    /// What `program` writes, to both streams, when started with `args`.
    fn output(&self, program: &Path, args: &[String]) -> Result<String, ProbeError>;
}

/// A program that would not tell its version.
#[derive(Debug, thiserror::Error)]
pub enum ProbeError {
    /// It cannot be started, or its output not be read.
    #[error("it cannot be run: {0}")]
    Run(#[from] io::Error),
    /// It ended with an error.
    #[error("it ended with {0}")]
    Failed(String),
    /// It did not end in time.
    #[error("it did not end within {} s", .0.as_secs())]
    TimedOut(Duration),
}

/// The machine that we run on.
#[derive(Debug, Clone, Copy)]
pub struct SystemHost {
    patience: Duration,
}

impl SystemHost {
    /// This machine; a command that takes longer than 10 s is given up on.
    pub const fn new() -> Self {
        Self::with_patience(Duration::from_secs(10))
    }

    /// This machine, with another time limit for commands.
    pub const fn with_patience(patience: Duration) -> Self {
        Self { patience }
    }
}

impl Default for SystemHost {
    fn default() -> Self {
        Self::new()
    }
}

impl Host for SystemHost {
    fn executable(&self, path: &Path) -> Option<PathBuf> {
        let resolved = fs::canonicalize(path).ok()?;
        let metadata = fs::metadata(&resolved).ok()?;
        (metadata.is_file() && metadata.permissions().mode() & 0o111 != 0).then_some(resolved)
    }

    fn exists(&self, path: &Path) -> bool {
        path.exists()
    }

    fn output(&self, program: &Path, args: &[String]) -> Result<String, ProbeError> {
        let deadline = Instant::now() + self.patience;
        let (reader, mut child) = start(program, args)?;
        let ended = finish(reader, &mut child, deadline);
        if !matches!(ended, Ok(Some(_))) {
            // It may have ended by itself meanwhile; either way nothing of it stays behind.
            let _ = child.kill();
            let _ = child.wait();
        }
        ended?.ok_or(ProbeError::TimedOut(self.patience))
    }
}

/// Starts the program with one pipe for both of its streams, in the environment that programs get in a sandbox.
fn start(program: &Path, args: &[String]) -> io::Result<(io::PipeReader, Child)> {
    let (reader, writer) = io::pipe()?;
    let mut command = Command::new(program);
    command.args(args).env_clear().envs(ENVIRONMENT).current_dir("/");
    command.stdin(Stdio::null()).stdout(writer.try_clone()?).stderr(writer);
    let child = command.spawn()?;
    // `command` is dropped here, and with it our ends of the pipe: the reader sees the end when the program ends.
    Ok((reader, child))
}

/// What the program wrote by the time it ended, or `None` if the deadline came first.
fn finish(
    reader: io::PipeReader,
    child: &mut Child,
    deadline: Instant,
) -> Result<Option<String>, ProbeError> {
    const ENOUGH: u64 = 64 * 1024;
    let (sender, receiver) = mpsc::channel();
    // A thread, since a read cannot be given a deadline. Should a grandchild hold the pipe open, the thread outlives us.
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let read = reader.take(ENOUGH).read_to_end(&mut bytes);
        sender.send(read.map(|_| bytes))
    });
    let left = deadline.saturating_duration_since(Instant::now());
    let Ok(read) = receiver.recv_timeout(left) else { return Ok(None) };
    let text = String::from_utf8_lossy(&read?).into_owned();
    loop {
        match child.try_wait()? {
            Some(status) if status.success() => return Ok(Some(text)),
            Some(status) => return Err(ProbeError::Failed(status.to_string())),
            None if Instant::now() >= deadline => return Ok(None),
            None => thread::sleep(Duration::from_millis(1)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Result<String, ProbeError> {
        let host = SystemHost::with_patience(Duration::from_millis(500));
        host.output(Path::new("/bin/sh"), &["-c".to_owned(), script.to_owned()])
    }

    #[test]
    fn both_streams_are_read() {
        assert_eq!(shell("echo out; echo err >&2").expect("runs"), "out\nerr\n");
    }

    #[test]
    fn the_callers_environment_stays_outside() {
        assert_eq!(shell("echo $PATH $HOME").expect("runs"), "/usr/local/bin:/usr/bin:/bin /box\n");
    }

    #[test]
    fn a_failing_program_is_an_error() {
        assert!(matches!(shell("echo 1.2.3; exit 3"), Err(ProbeError::Failed(_))));
        let missing = SystemHost::new().output(Path::new("/no/such/program"), &[]);
        assert!(matches!(missing, Err(ProbeError::Run(_))));
    }

    #[test]
    fn a_hanging_program_is_given_up_on() {
        for script in ["exec sleep 30", "exec >&- 2>&-; exec sleep 30"] {
            let started = Instant::now();
            assert!(matches!(shell(script), Err(ProbeError::TimedOut(_))), "{script}");
            assert!(started.elapsed() < Duration::from_secs(10), "{script}");
        }
    }

    #[test]
    fn symlinks_are_followed_and_other_files_are_not_executables() {
        let folder = tempfile::tempdir().expect("a folder");
        let link = folder.path().join("shell");
        std::os::unix::fs::symlink("/bin/sh", &link).expect("a link");
        let shell = fs::canonicalize("/bin/sh").expect("every Linux has it");
        assert_eq!(SystemHost::new().executable(&link), Some(shell));
        fs::write(folder.path().join("plain"), "").expect("a file");
        assert_eq!(SystemHost::new().executable(&folder.path().join("plain")), None);
        assert_eq!(SystemHost::new().executable(folder.path()), None);
    }
}
