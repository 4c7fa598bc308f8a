//! This process: entry of launchers, signals, protection from other processes, open files.

use kernel::{IgnoredSignals, KernelError};
use rustix::{
    fs::Mode,
    process::{Resource, Rlimit, getrlimit, setrlimit, umask},
};

/// The hidden command that makes this executable a launcher.
pub(crate) const LAUNCHER: &str = "launcher";

/// Makes this process ready to start sandboxes; to be called first in `main`, while there is one thread.
///
/// Does not return in a launcher, which is this executable started again.
///
/// # Errors
///
/// Signals cannot be reset.
pub fn prepare() -> Result<(), KernelError> {
    kernel::reset_sigchld();
    // Before anything else: a launcher must have one thread and hold nothing.
    if std::env::args_os().nth(1).is_some_and(|arg| arg == LAUNCHER) {
        sandbox::launcher::main();
    }
    // A process that ignores the end of children never learns of it, and one that blocks signals cannot be stopped.
    kernel::reset_signals(IgnoredSignals::KeepForBackground)
}

/// Protects a server from other processes and the out-of-memory killer, and gives it short time slices; to be called before there
/// are other threads.
///
/// # Errors
///
/// The memory and files of this process cannot be hidden from its peers.
pub fn protect_server() -> Result<(), KernelError> {
    // Before it hides: a hidden process may not write its own files in /proc.
    kernel::lower_oom_score();
    kernel::make_undumpable()?;
    // Inherited by threads started later: no request waits behind a thread that computes.
    kernel::request_short_timeslice();
    Ok(())
}

/// Raises the limit of open files to its hard limit: each client is a file, and the usual soft limit of 1024 exists for programs
/// that use select(2). Sandboxes have a limit of their own.
pub fn allow_many_open_files() {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    if let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }) {
        tracing::warn!(%error, "the limit of open files stays as it is");
    }
}

/// Files that this process makes from now on are readable for its own user only, whatever mask it inherited. Sandboxes have a mask of
/// their own.
pub fn keep_files_private() {
    umask(Mode::RWXG | Mode::RWXO);
}

/// Current limit of open files of this process.
pub fn max_open_files() -> usize {
    let most = getrlimit(Resource::Nofile).current;
    most.and_then(|most| usize::try_from(most).ok()).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_files_as_we_may_have_can_be_open() {
        let few = Rlimit { current: Some(64), ..getrlimit(Resource::Nofile) };
        setrlimit(Resource::Nofile, few).expect("fewer are always allowed");
        allow_many_open_files();
        assert_eq!(getrlimit(Resource::Nofile).current, few.maximum);
        assert_eq!(Some(max_open_files() as u64), few.maximum);
    }
}
