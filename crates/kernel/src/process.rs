//! Watching, ending and reaping processes.

use std::{
    os::fd::{AsFd, BorrowedFd, FromRawFd, OwnedFd},
    path::Path,
    time::Duration,
};

use rustix::{
    fs::statvfs,
    process::{Signal, WaitId, WaitIdOptions, set_parent_process_death_signal, waitid},
};
use serde::{Deserialize, Serialize};

use crate::{At, KernelError, Step};

/// How a process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Exit {
    /// It returned this code.
    Code(i32),
    /// This signal ended it.
    Signal(i32),
}

/// Ends this process now: no destructors, no flushing. For the copies of a process that must not act like the original.
pub fn exit_now(code: i32) -> ! {
    // SAFETY: _exit never returns and touches no memory of ours.
    unsafe { libc::_exit(code) }
}

/// Has the kernel kill this process when the thread that started it ends.
pub fn die_with_parent() -> Result<(), KernelError> {
    set_parent_process_death_signal(Some(Signal::KILL)).at(Step::ParentDeathSignal)
}

/// Kills every process that this one may signal: as process 1, all others of its pid namespace.
pub fn kill_all() {
    // SAFETY: kill touches no memory. ESRCH means that nobody is left, which is what we want.
    unsafe { libc::kill(-1, libc::SIGKILL) };
}

/// Takes one child that has ended, without waiting for one.
pub fn reap() -> Result<Reaped, KernelError> {
    reap_with(libc::WNOHANG)
}

/// Waits until no child is left.
pub fn wait_gone() -> Result<(), KernelError> {
    while reap_with(0)? != Reaped::NoChildren {}
    Ok(())
}

/// What [`reap`] found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reaped {
    /// This child had ended, this way.
    Child(i32, Exit),
    /// Children there are, but none has ended.
    Running,
    /// There are no children.
    NoChildren,
}

fn reap_with(options: i32) -> Result<Reaped, KernelError> {
    loop {
        let mut status = 0;
        // SAFETY: `status` outlives the call.
        match unsafe { libc::waitpid(-1, &raw mut status, options) } {
            0 => return Ok(Reaped::Running),
            -1 => match KernelError::last(Step::Reap) {
                KernelError { errno: libc::ECHILD, .. } => return Ok(Reaped::NoChildren),
                KernelError { errno: libc::EINTR, .. } => {}
                error => return Err(error),
            },
            pid if libc::WIFSIGNALED(status) => {
                return Ok(Reaped::Child(pid, Exit::Signal(libc::WTERMSIG(status))));
            }
            pid => return Ok(Reaped::Child(pid, Exit::Code(libc::WEXITSTATUS(status)))),
        }
    }
}

/// Waits for one child and gives its exit code, or 255 when a signal ended it.
pub(crate) fn wait_exit_code(pid: i32) -> Result<i32, KernelError> {
    let mut status = 0;
    loop {
        // SAFETY: `status` outlives the call.
        match unsafe { libc::waitpid(pid, &raw mut status, 0) } {
            -1 if KernelError::last(Step::Reap).errno == libc::EINTR => {}
            -1 => return Err(KernelError::last(Step::Reap)),
            _ if libc::WIFEXITED(status) => return Ok(libc::WEXITSTATUS(status)),
            _ => return Ok(255),
        }
    }
}

/// CPU time of all descendants that this process has reaped.
pub fn process_usage() -> Duration {
    // SAFETY: an all-zero rusage is a valid value, and it outlives the call.
    let usage = unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        libc::getrusage(libc::RUSAGE_CHILDREN, &raw mut usage);
        usage
    };
    [usage.ru_utime, usage.ru_stime]
        .iter()
        .map(|time| {
            Duration::from_secs(time.tv_sec.cast_unsigned())
                + Duration::from_micros(time.tv_usec.cast_unsigned())
        })
        .sum()
}

/// Whether the file system at `path` can take another byte and another file.
pub fn space_left(path: &Path) -> bool {
    statvfs(path).is_ok_and(|stat| stat.f_bfree > 0 && stat.f_ffree > 0)
}

/// A descriptor that becomes readable when a child has ended.
#[derive(Debug)]
pub struct ChildSignals(OwnedFd);

impl ChildSignals {
    /// Blocks SIGCHLD in this process and opens the descriptor. Programs that are [`spawn`](crate::spawn)ed unblock it.
    pub fn open() -> Result<Self, KernelError> {
        // SAFETY: the set is initialised by sigemptyset before use and outlives each call.
        let fd = unsafe {
            let mut set: libc::sigset_t = std::mem::zeroed();
            libc::sigemptyset(&raw mut set);
            libc::sigaddset(&raw mut set, libc::SIGCHLD);
            if libc::sigprocmask(libc::SIG_BLOCK, &raw const set, std::ptr::null_mut()) != 0 {
                return Err(KernelError::last(Step::BlockSignals));
            }
            libc::signalfd(-1, &raw const set, libc::SFD_CLOEXEC | libc::SFD_NONBLOCK)
        };
        if fd < 0 {
            return Err(KernelError::last(Step::SignalFd));
        }
        // SAFETY: the descriptor is new and nobody else's.
        Ok(Self(unsafe { OwnedFd::from_raw_fd(fd) }))
    }

    /// Forgets what has been signalled so far.
    pub fn clear(&self) {
        let mut info = [0u8; size_of::<libc::signalfd_siginfo>()];
        while rustix::io::read(&self.0, &mut info).is_ok_and(|read| read > 0) {}
    }
}

impl AsFd for ChildSignals {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// Waits until the process behind this pidfd, a child, has ended, and reaps it.
pub fn wait_pidfd(pidfd: BorrowedFd<'_>) -> Result<(), KernelError> {
    loop {
        match waitid(WaitId::PidFd(pidfd), WaitIdOptions::EXITED) {
            Err(rustix::io::Errno::INTR) => {}
            Err(errno) => return Err(KernelError { step: Step::Reap, errno: errno.raw_os_error() }),
            Ok(_) => return Ok(()),
        }
    }
}

/// Kills the process behind this pidfd; one that is gone already is fine.
pub fn kill_pidfd(pidfd: BorrowedFd<'_>) {
    let _gone = rustix::process::pidfd_send_signal(pidfd, Signal::KILL);
}
