//! TeX to HTML conversion by pandoc: started without a shell and without our environment, denied file access
//! (`--sandbox`), and killed at a time or output limit.

use std::{
    io::{self, Read, Write},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use crate::Caps;

/// Search folders; the caller's `PATH` is never used.
const FOLDERS: [&str; 3] = ["/usr/bin", "/usr/local/bin", "/bin"];

/// Macros of the formats' problem class, in terms that pandoc knows.
const PRELUDE: &str = r"\newcommand{\problemname}[1]{}
\newcommand{\illustration}[3]{\includegraphics{#2}}
\newcommand{\nextsample}{}
\newcommand{\remainingsamples}{}
\newenvironment{Input}{\section*{Input}}{}
\newenvironment{Output}{\section*{Output}}{}
\newenvironment{Interaction}{\section*{Interaction}}{}
";

/// An installed pandoc.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pandoc {
    program: PathBuf,
}

/// A failure of pandoc.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PandocError {
    /// It cannot be started, or its pipes failed.
    #[error("pandoc cannot be run")]
    Run(#[from] io::Error),
    /// It took too long.
    #[error("pandoc was ended after {0:?}")]
    TooSlow(Duration),
    /// It wrote more than is allowed.
    #[error("pandoc wrote more than {0} bytes")]
    TooMuch(u64),
    /// It reported an error.
    #[error("pandoc says: {0}")]
    Said(String),
    /// Its output is not UTF-8.
    #[error("pandoc's output is not UTF-8")]
    NotText,
}

impl Pandoc {
    /// The pandoc of this machine, if there is one.
    pub fn find() -> Option<Self> {
        FOLDERS
            .iter()
            .map(|folder| Path::new(folder).join("pandoc"))
            .find(|path| path.is_file())
            .map(Self::at)
    }

    /// The pandoc at this path.
    pub fn at(program: PathBuf) -> Self {
        Self { program }
    }

    /// The body of an HTML page; not safe yet.
    pub(super) fn html(&self, tex: &str, caps: &Caps) -> Result<String, PandocError> {
        let mut child = Running(self.start(caps)?);
        let (stdin, stdout, stderr) = (child.0.stdin.take(), child.0.stdout.take(), child.0.stderr.take());
        let input = format!("{PRELUDE}{tex}");
        // It may write before it has read all input, so each stream has a thread; they end when it closes its
        // pipes.
        let feeder = thread::spawn(move || stdin.map_or(Ok(()), |mut pipe| pipe.write_all(input.as_bytes())));
        let most = caps.statement_bytes;
        let output = thread::spawn(move || capture(stdout, most + 1));
        let complaint = thread::spawn(move || capture(stderr, 4096));
        let status = child.wait(caps.pandoc_time)?;
        let gone = || io::Error::other("a thread that served it ended early");
        let output = output.join().map_err(|_| gone())??;
        let complaint = complaint.join().map_err(|_| gone())??;
        // Unread input shows in its exit status, if it matters.
        drop(feeder.join());
        if output.len() as u64 > most {
            return Err(PandocError::TooMuch(most));
        }
        if !status.success() {
            return Err(PandocError::Said(String::from_utf8_lossy(&complaint).trim().to_owned()));
        }
        String::from_utf8(output).map_err(|_| PandocError::NotText)
    }

    fn start(&self, caps: &Caps) -> io::Result<Child> {
        let heap = format!("-M{}M", caps.pandoc_memory_mib);
        let arguments = ["+RTS", &heap, "-RTS", "--sandbox", "--from=latex", "--to=html5", "--mathml"];
        let mut command = Command::new(&self.program);
        command.args(arguments).env_clear().env("LANG", "C.UTF-8").env("PATH", "/usr/bin:/bin");
        command.current_dir("/").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn()
    }
}

/// Reads up to `most` bytes of a pipe, then closes it, so that the writer fails.
fn capture(pipe: Option<impl Read>, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if let Some(pipe) = pipe {
        pipe.take(most).read_to_end(&mut bytes)?;
    }
    Ok(bytes)
}

/// Child process guard: kills and reaps on drop.
struct Running(Child);

impl Running {
    fn wait(&mut self, most: Duration) -> Result<std::process::ExitStatus, PandocError> {
        const PAUSE: Duration = Duration::from_millis(10);
        let end = Instant::now() + most;
        loop {
            if let Some(status) = self.0.try_wait()? {
                return Ok(status);
            }
            if Instant::now() >= end {
                return Err(PandocError::TooSlow(most));
            }
            thread::sleep(PAUSE);
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Both fail only for a process that has been reaped already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::PermissionsExt as _};

    use super::*;

    /// A stand-in for pandoc that does what the script says.
    fn stand_in(script: &str, caps: &Caps) -> Result<String, PandocError> {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("pandoc");
        fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        Pandoc::at(program).html("\\problemname{X} text", caps)
    }

    #[test]
    fn the_statement_goes_in_and_html_comes_out() {
        let html = stand_in("case \"$*\" in *--sandbox*) tail -n 1;; esac", &Caps::default()).unwrap();
        assert_eq!(html.trim(), "\\problemname{X} text");
    }

    #[test]
    fn a_pandoc_that_hangs_or_floods_or_fails_is_told() {
        let caps = Caps { pandoc_time: Duration::from_millis(300), statement_bytes: 1000, ..Caps::default() };
        let slow = stand_in("exec sleep 60", &caps);
        assert!(matches!(slow, Err(PandocError::TooSlow(_))), "{slow:?}");
        let caps = Caps { pandoc_time: Duration::from_secs(20), ..caps };
        let flood = stand_in("exec head -c 100000 /dev/zero", &caps);
        assert!(matches!(flood, Err(PandocError::TooMuch(1000))), "{flood:?}");
        let failed = stand_in("echo 'no such thing' >&2; exit 3", &caps);
        assert!(matches!(&failed, Err(PandocError::Said(said)) if said == "no such thing"), "{failed:?}");
        let absent = Pandoc::at("/nowhere/pandoc".into()).html("x", &caps);
        assert!(matches!(absent, Err(PandocError::Run(_))));
    }
}
