//! Host interface of toolchain detection: files, programs and their output.

use std::{
    env,
    ffi::OsStr,
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

/// Queries of detection about the machine, from several threads at once.
pub trait Host: Sync {
    /// The executable file at `path`, with symlinks resolved; `None` if there is none.
    fn executable(&self, path: &Path) -> Option<PathBuf>;

    /// Whether there is a file or folder at `path`.
    fn exists(&self, path: &Path) -> bool;

    /// Output of `program` on both streams, started with `args`.
    fn output(&self, program: &Path, args: &[String]) -> Result<String, ProbeError>;

    /// As [`output`](Self::output), with further environment variables, which the default implementation
    /// ignores.
    fn output_with(
        &self,
        program: &Path,
        args: &[String],
        _env: &[(String, String)],
    ) -> Result<String, ProbeError> {
        self.output(program, args)
    }

    /// The home folder of the current user. `None` by default.
    fn home(&self) -> Option<PathBuf> {
        None
    }

    /// The folder at `path`, with symlinks resolved. `None` by default.
    fn folder(&self, _path: &Path) -> Option<PathBuf> {
        None
    }

    /// The files and folders that match `pattern`, where a `*` in a name matches anything. Empty by default.
    fn glob(&self, _pattern: &Path) -> Vec<PathBuf> {
        Vec::new()
    }

    /// Output of `program` on both streams, started as the user would start it: in our own environment, and
    /// by this path, since some programs depend on their name. Not found by default.
    fn output_as_user(&self, _program: &Path, _args: &[String]) -> Result<String, ProbeError> {
        Err(ProbeError::Run(io::ErrorKind::NotFound.into()))
    }
}

/// A program whose output could not be obtained.
#[derive(Debug, thiserror::Error)]
pub enum ProbeError {
    /// The program cannot be started, or its output cannot be read.
    #[error("it cannot be run: {0}")]
    Run(#[from] io::Error),
    /// The program failed.
    #[error("it ended with {0}")]
    Failed(String),
    /// The program did not end in time.
    #[error("it did not end within {} s", .0.as_secs())]
    TimedOut(Duration),
}

/// A host without toolchains, for a process that runs no programs.
#[derive(Debug, Clone, Copy)]
pub struct NoToolchains;

impl Host for NoToolchains {
    fn executable(&self, _path: &Path) -> Option<PathBuf> {
        None
    }

    fn exists(&self, _path: &Path) -> bool {
        false
    }

    fn output(&self, _program: &Path, _args: &[String]) -> Result<String, ProbeError> {
        Err(ProbeError::Run(io::ErrorKind::NotFound.into()))
    }
}

/// The local machine.
#[derive(Debug, Clone, Copy)]
pub struct SystemHost {
    timeout: Duration,
}

impl SystemHost {
    /// The local machine, with a time limit of 10 s for commands.
    pub const fn new() -> Self {
        Self::with_timeout(Duration::from_secs(10))
    }

    /// The local machine, with another time limit for commands.
    pub const fn with_timeout(patience: Duration) -> Self {
        Self { timeout: patience }
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
        let mut command = Command::new(program);
        command.args(args).env_clear().envs(ENVIRONMENT);
        self.run(command)
    }

    fn output_with(
        &self,
        program: &Path,
        args: &[String],
        env: &[(String, String)],
    ) -> Result<String, ProbeError> {
        let mut command = Command::new(program);
        command.args(args).env_clear().envs(ENVIRONMENT).envs(env.iter().map(|(name, value)| (name, value)));
        self.run(command)
    }

    fn home(&self) -> Option<PathBuf> {
        env::home_dir().filter(|home| home.is_absolute())
    }

    fn folder(&self, path: &Path) -> Option<PathBuf> {
        fs::canonicalize(path).ok().filter(|folder| folder.is_dir())
    }

    fn glob(&self, pattern: &Path) -> Vec<PathBuf> {
        let mut found = vec![PathBuf::new()];
        for part in pattern {
            found = found.iter().flat_map(|folder| entries(folder, part)).collect();
        }
        found
    }

    fn output_as_user(&self, program: &Path, args: &[String]) -> Result<String, ProbeError> {
        let mut command = Command::new(program);
        command.args(args);
        self.run(command)
    }
}

impl SystemHost {
    /// Runs a command until it ends or the time limit passes.
    fn run(&self, command: Command) -> Result<String, ProbeError> {
        let deadline = Instant::now() + self.timeout;
        let (reader, mut child) = start(command)?;
        let ended = finish(reader, &mut child, deadline);
        if !matches!(ended, Ok(Some(_))) {
            // It may have ended meanwhile; in either case no process is left.
            let _ = child.kill();
            let _ = child.wait();
        }
        ended?.ok_or(ProbeError::TimedOut(self.timeout))
    }
}

/// The entries of a folder that match `name`, where a `*` matches anything, in the order of their names.
fn entries(folder: &Path, name: &OsStr) -> Vec<PathBuf> {
    let Some((before, after)) = name.to_str().and_then(|name| name.split_once('*')) else {
        let path = folder.join(name);
        return if path.exists() { vec![path] } else { Vec::new() };
    };
    let matches = |found: &str| {
        found.len() >= before.len() + after.len() && found.starts_with(before) && found.ends_with(after)
    };
    let Ok(listed) = fs::read_dir(folder) else { return Vec::new() };
    let names = listed.flatten().filter(|entry| entry.file_name().to_str().is_some_and(matches));
    let mut found: Vec<_> = names.map(|entry| entry.path()).collect();
    found.sort();
    found
}

/// Starts the program with one pipe for both of its streams.
fn start(mut command: Command) -> io::Result<(io::PipeReader, Child)> {
    let (reader, writer) = io::pipe()?;
    command.current_dir("/");
    command.stdin(Stdio::null()).stdout(writer.try_clone()?).stderr(writer);
    let child = command.spawn()?;
    // `command` is dropped here, and with it our ends of the pipe: the reader sees the end when the program ends.
    Ok((reader, child))
}

/// The output of the program, or `None` if the deadline passed first.
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
        let host = SystemHost::with_timeout(Duration::from_millis(500));
        host.output(Path::new("/bin/sh"), &["-c".to_owned(), script.to_owned()])
    }

    #[test]
    fn both_streams_are_read() {
        assert_eq!(shell("echo out; echo err >&2").expect("runs"), "out\nerr\n");
    }

    #[test]
    fn the_callers_environment_stays_outside() {
        assert_eq!(shell("echo $PATH $HOME").expect("runs"), "/usr/local/bin:/usr/bin:/bin /tmp\n");
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
    fn a_told_program_sees_our_environment_and_the_name_it_was_started_by() {
        let folder = tempfile::tempdir().expect("a folder");
        let link = folder.path().join("shell");
        std::os::unix::fs::symlink("/bin/sh", &link).expect("a link");
        let args = ["-c".to_owned(), "echo $0 $HOME".to_owned()];
        let told = SystemHost::new().output_as_user(&link, &args).expect("runs");
        let home = env::var("HOME").unwrap_or_default();
        assert_eq!(told.trim(), format!("{} {home}", link.display()).trim());
    }

    #[test]
    fn a_star_stands_for_anything_within_a_name() {
        let folder = tempfile::tempdir().expect("a folder");
        for path in ["php/8.2/cli", "php/8.4/cli", "php/8.4/fpm", "php/common"] {
            fs::create_dir_all(folder.path().join(path)).expect("a folder");
        }
        let check = |pattern: &str, expected: &[&str]| {
            let expected: Vec<_> = expected.iter().map(|path| folder.path().join(path)).collect();
            assert_eq!(SystemHost::new().glob(&folder.path().join(pattern)), expected, "{pattern}");
        };
        check("php/*/cli", &["php/8.2/cli", "php/8.4/cli"]);
        check("php/8.2*2", &[]);
        check("p*p/8.4/f*m", &["php/8.4/fpm"]);
        check("php/common", &["php/common"]);
        check("perl", &[]);
        check("perl/*", &[]);
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
