//! Inherited state: signals and attributes of the parent process, reset to defaults so that programs do not depend on the server's start.
//!
//! State that an operator sets on purpose stays across exec: the permitted processors, the hard limits, a lower priority, the memory
//! policy. For environment and descriptors see [`close_fds_except`](crate::close_fds_except).

use std::ptr;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::{KernelError, Step};

/// Treatment of signals that were ignored when the process was started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IgnoredSignals {
    /// Signals that shells and `nohup` ignore for a server in the background stay ignored.
    KeepForBackground,
    /// All signals get their default treatment.
    Reset,
}

/// Unblocks all signals and resets the ones that were ignored when the process was started, except those to keep, and SIGPIPE, which Rust
/// ignores. To be called before other threads exist.
pub fn reset_signals(ignored: IgnoredSignals) -> Result<(), KernelError> {
    for signal in 1..=LAST_SIGNAL {
        let kept = match ignored {
            IgnoredSignals::KeepForBackground => {
                [libc::SIGHUP, libc::SIGINT, libc::SIGQUIT].contains(&signal)
            }
            IgnoredSignals::Reset => false,
        };
        if !kept && signal != libc::SIGPIPE && is_ignored(signal) {
            // SAFETY: the default of a signal that was ignored is no function of ours.
            unsafe { set_default(signal) };
        }
    }
    // SAFETY: touches no memory but its own.
    if unsafe { unblock_all() } < 0 { Err(KernelError::last(Step::ResetSignals)) } else { Ok(()) }
}

/// Sets the default execution domain, with random addresses and executable memory only where requested, and the default slack of timers;
/// and raises soft limits that no guest limit replaces to their hard limits.
pub fn reset_attributes() -> Result<(), KernelError> {
    // SAFETY: these touch no memory.
    unsafe {
        if libc::personality(PLAIN_LINUX) < 0 {
            return Err(KernelError::last(Step::ResetAttributes));
        }
        if libc::prctl(libc::PR_SET_TIMERSLACK, USUAL_SLACK, 0, 0, 0) < 0 {
            return Err(KernelError::last(Step::ResetAttributes));
        }
    }
    for resource in [Resource::As, Resource::Data, Resource::Rss, Resource::Cpu, Resource::Fsize] {
        let Rlimit { maximum, .. } = getrlimit(resource);
        setrlimit(resource, Rlimit { current: maximum, maximum })
            .map_err(|errno| KernelError { step: Step::SetRlimit, errno: errno.raw_os_error() })?;
    }
    Ok(())
}

/// `PER_LINUX` of personality(2), without any flag.
const PLAIN_LINUX: libc::c_ulong = 0;

/// In nanoseconds: the kernel's default.
const USUAL_SLACK: libc::c_ulong = 50_000;

/// The highest number of a signal, on all architectures that we support.
const LAST_SIGNAL: libc::c_int = 64;

/// Layout of the kernel, with room for fields that some architectures add. The C library's type does not suffice: its functions reserve
/// two signals, which can be inherited as ignored like all others.
#[repr(C)]
#[derive(Clone, Copy, Default)]
struct Action {
    handler: usize,
    rest: [u64; 4],
}

/// Of the kernel's set of signals, in bytes.
const SET_SIZE: usize = 8;

fn is_ignored(signal: libc::c_int) -> bool {
    let mut action = Action::default();
    // SAFETY: there is room for the kernel's structure, and no new action is given.
    let asked = unsafe {
        libc::syscall(libc::SYS_rt_sigaction, signal, ptr::null::<Action>(), &raw mut action, SET_SIZE)
    };
    asked == 0 && action.handler == libc::SIG_IGN
}

/// Gives every signal its default and blocks none. For between clone and exec.
///
/// # Safety
/// The process must not need any handler that it has.
pub(crate) unsafe fn reset_all_signals() -> libc::c_long {
    // SAFETY: the caller's promise.
    unsafe {
        for signal in 1..=LAST_SIGNAL {
            set_default(signal);
        }
        unblock_all()
    }
}

/// Two signals have nothing but a default; to be refused that is fine.
///
/// # Safety No code may rely on its current handler.
unsafe fn set_default(signal: libc::c_int) {
    // All bytes zero: SIG_DFL, without flags.
    let default = Action::default();
    // SAFETY: it outlives the call, which asks for no old action.
    unsafe {
        libc::syscall(libc::SYS_rt_sigaction, signal, &raw const default, ptr::null_mut::<Action>(), SET_SIZE)
    };
}

/// # Safety
/// As for any system call; it touches no memory but its own.
unsafe fn unblock_all() -> libc::c_long {
    let none = 0u64;
    // SAFETY: the set outlives the call, which asks for no old one.
    unsafe {
        libc::syscall(
            libc::SYS_rt_sigprocmask,
            libc::SIG_SETMASK,
            &raw const none,
            ptr::null_mut::<u64>(),
            SET_SIZE,
        )
    }
}
