//! Processes: waiting, killing, reaping, CPU affinity.

use std::{
    ffi::CStr,
    os::fd::{AsFd, BorrowedFd, FromRawFd, OwnedFd},
    time::Duration,
};

use rustix::{
    fs::statvfs,
    process::{
        Pid, Signal, WaitId, WaitIdOptions, getpid, set_child_subreaper, set_parent_process_death_signal,
        waitid,
    },
    thread::{CpuSet, sched_getaffinity, sched_setaffinity},
};
use serde::{Deserialize, Serialize};

use crate::{Identity, KernelError, Step, StepContext};

/// The exit status of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ExitStatus {
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

/// Makes this process the subreaper: the parent of descendants whose own parents end.
pub fn adopt_orphans() -> Result<(), KernelError> {
    set_child_subreaper(Some(getpid())).at(Step::AdoptOrphans)
}

/// Kills every process that this one may signal: as process 1, all others of its pid namespace.
pub fn kill_all() {
    // SAFETY: kill touches no memory. ESRCH means that no process is left, which is the intended state.
    unsafe { libc::kill(-1, libc::SIGKILL) };
}

/// Takes one child that has ended, without waiting for one.
pub fn reap() -> Result<ReapOutcome, KernelError> {
    reap_with(libc::WNOHANG)
}

/// Waits until no child is left.
pub fn wait_for_all_children() -> Result<(), KernelError> {
    while reap_with(0)? != ReapOutcome::NoChildren {}
    Ok(())
}

/// The result of [`reap`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReapOutcome {
    /// This child had ended, this way.
    Child(i32, ExitStatus),
    /// Children there are, but none has ended.
    Running,
    /// There are no children.
    NoChildren,
}

fn reap_with(options: i32) -> Result<ReapOutcome, KernelError> {
    loop {
        let mut status = 0;
        // SAFETY: `status` outlives the call.
        match unsafe { libc::waitpid(-1, &raw mut status, options) } {
            0 => return Ok(ReapOutcome::Running),
            -1 => match KernelError::last(Step::Reap) {
                KernelError { errno: libc::ECHILD, .. } => return Ok(ReapOutcome::NoChildren),
                KernelError { errno: libc::EINTR, .. } => {}
                error => return Err(error),
            },
            pid if libc::WIFSIGNALED(status) => {
                return Ok(ReapOutcome::Child(pid, ExitStatus::Signal(libc::WTERMSIG(status))));
            }
            pid => return Ok(ReapOutcome::Child(pid, ExitStatus::Code(libc::WEXITSTATUS(status)))),
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
pub fn children_cpu_time() -> Duration {
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

/// Whether the file system at `path` has room for another byte and another file.
pub fn has_free_space(path: &CStr) -> bool {
    statvfs(path).is_ok_and(|stat| stat.f_bfree > 0 && stat.f_ffree > 0)
}

/// A descriptor that becomes readable when a child has ended.
#[derive(Debug)]
pub struct ChildSignals(OwnedFd);

/// Makes the kernel keep the exit status of children until they are waited for, even if this process was started with
/// SIGCHLD ignored.
pub fn reset_sigchld() {
    // SAFETY: sets a disposition that is valid for every signal, and replaces no handler of ours.
    let _cannot_fail = unsafe { libc::signal(libc::SIGCHLD, libc::SIG_DFL) };
}

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
        // SAFETY: the descriptor is new and has no other owner.
        Ok(Self(unsafe { OwnedFd::from_raw_fd(fd) }))
    }

    /// Discards all signals so far.
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

/// A descriptor of a child of this process.
pub fn open_pidfd(child: i32) -> Result<OwnedFd, KernelError> {
    let pid = Pid::from_raw(child).ok_or(KernelError { step: Step::Reap, errno: libc::ESRCH })?;
    rustix::process::pidfd_open(pid, rustix::process::PidfdFlags::empty()).at(Step::Reap)
}

/// The time on a clock that all processes of the machine share and that never goes back: since it was started, about.
pub fn uptime() -> Duration {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    // Neither part is ever negative on this clock.
    Duration::new(now.tv_sec.try_into().unwrap_or_default(), now.tv_nsec.try_into().unwrap_or_default())
}

/// The processors that this process may use, by number; empty if the kernel does not report them.
pub fn processors() -> Vec<u32> {
    let Ok(set) = sched_getaffinity(None) else { return Vec::new() };
    (0..CpuSet::MAX_CPU)
        .filter(|number| set.is_set(*number))
        .filter_map(|number| number.try_into().ok())
        .collect()
}

/// Pins this process, which has one thread, and its future children to these processors, by number; an empty list keeps the
/// current ones.
pub fn pin_self(processors: &[u32]) -> Result<(), KernelError> {
    pin_thread(None, processors)
}

/// Pins all threads of a child to these processors, as [`pin_self`].
pub fn pin_child(child: i32, processors: &[u32]) -> Result<(), KernelError> {
    if processors.is_empty() {
        return Ok(());
    }
    for thread in std::fs::read_dir(format!("/proc/{child}/task")).at(Step::PinProcess)? {
        let name = thread.at(Step::PinProcess)?.file_name();
        let thread = name.to_str().and_then(|name| Pid::from_raw(name.parse().ok()?));
        match pin_thread(thread, processors) {
            Err(KernelError { errno: libc::ESRCH, .. }) => {}
            pinned => pinned?,
        }
    }
    Ok(())
}

fn pin_thread(thread: Option<Pid>, processors: &[u32]) -> Result<(), KernelError> {
    if processors.is_empty() {
        return Ok(());
    }
    let mut set = CpuSet::new();
    // The set has room for every processor that the kernel supports on our machines.
    for processor in processors.iter().map(|number| *number as usize).filter(|&n| n < CpuSet::MAX_CPU) {
        set.set(processor);
    }
    sched_setaffinity(thread, &set).at(Step::PinProcess)
}

/// Checks that a child not started by [`spawn`](crate::spawn) has the same restrictions, as far as `proc_pid_status(5)`
/// shows them.
pub fn check_guest(child: i32, identity: Identity) -> Result<(), KernelError> {
    let file = std::fs::File::open(format!("/proc/{child}/status")).at(Step::CheckFork)?;
    // Some 1.5 KB, which the kernel writes at once. Fields that are cut off are missing, and then the check fails.
    let mut status = [0; 4096];
    let length = rustix::io::read(&file, &mut status).at(Step::CheckFork)?;
    if is_guest(&String::from_utf8_lossy(&status[..length]), identity) {
        Ok(())
    } else {
        Err(KernelError { step: Step::CheckFork, errno: libc::EPERM })
    }
}

pub(crate) fn is_guest(status: &str, identity: Identity) -> bool {
    let field = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        line.map(|value| value.split_whitespace().collect::<Vec<_>>().join(" "))
    };
    let is = |name: &str, expected: &str| field(name).as_deref() == Some(expected);
    let none = "0000000000000000";
    let capabilities = ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"];
    let guest = Identity::GUEST.to_string();
    let ids = [guest.as_str(); 4].join(" ");
    // With a single id nothing can be done about the user's groups.
    let groups = !identity.has_guest_id() || is("Groups", "");
    is("PPid", "1")
        && is("Threads", "1")
        && is("NoNewPrivs", "1")
        && is("Seccomp", "2")
        && is("Uid", &ids)
        && is("Gid", &ids)
        && groups
        && capabilities.iter().all(|set| is(set, none))
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN_IDS: Identity = Identity::Range { uids: 5, gids: 5, mapper: crate::IdMapper::Itself };
    const GUEST: &str = "PPid:\t1\nUid:\t1000\t1000\t1000\t1000\nGid:\t1000\t1000\t1000\t1000\nGroups:\t \n\
        Threads:\t1\nCapInh:\t0000000000000000\nCapPrm:\t0000000000000000\nCapEff:\t0000000000000000\n\
        CapBnd:\t0000000000000000\nCapAmb:\t0000000000000000\nNoNewPrivs:\t1\nSeccomp:\t2\n";

    #[test]
    fn a_guest_has_given_up_everything() {
        assert!(is_guest(GUEST, OWN_IDS));
    }

    #[test]
    fn whoever_kept_something_is_no_guest() {
        let kept = [
            ("PPid:\t1", "PPid:\t0"),
            ("Uid:\t1000", "Uid:\t0"),
            ("Gid:\t1000\t1000\t1000\t1000", "Gid:\t1000\t1000\t0\t1000"),
            ("Groups:\t ", "Groups:\t0 "),
            ("Threads:\t1", "Threads:\t2"),
            ("CapInh:\t0", "CapInh:\t8"),
            ("CapEff:\t0000000000000000", "CapEff:\t0000000000200000"),
            ("CapBnd:\t0000000000000000\n", ""),
            ("NoNewPrivs:\t1", "NoNewPrivs:\t0"),
            ("Seccomp:\t2", "Seccomp:\t0"),
        ];
        for (given_up, kept) in kept {
            let status = GUEST.replace(given_up, kept);
            assert_ne!(status, GUEST);
            assert!(!is_guest(&status, OWN_IDS), "{kept}");
        }
    }
}
