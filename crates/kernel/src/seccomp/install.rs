//! Installation of a filter in the calling thread, with or without a listener for lethal calls.

use crate::{KernelError, Step};

/// The way in which a process is killed for a call whose action is [`Kill`](super::rule::Action::Kill).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KillMode {
    /// The kernel kills it at once, and the call stays unknown.
    Kill,
    /// The process waits in the call until a [`Listener`](super::Listener) has read the call's number and killed it.
    Report,
}

impl KillMode {
    /// The mode that this machine supports. The caller has one thread.
    ///
    /// Kernels before 5.0 have no listeners, and a process below another listener, as in some containers, may not have one.
    pub fn supported() -> Result<Self, KernelError> {
        if !sizes_are_known() {
            return Ok(Self::Kill);
        }
        // SAFETY: the caller has one thread, so the child may do anything its parent could; it exits without unwinding.
        match unsafe { libc::fork() } {
            -1 => Err(KernelError::last(Step::Fork)),
            0 => crate::exit_now(i32::from(!can_listen())),
            pid => crate::process::wait_exit_code(pid)
                .map(|code| if code == 0 { Self::Report } else { Self::Kill }),
        }
    }
}

/// Whether this kernel's notifications have the layout that this program was built for.
fn sizes_are_known() -> bool {
    let mut sizes = libc::seccomp_notif_sizes { seccomp_notif: 0, seccomp_notif_resp: 0, seccomp_data: 0 };
    // SAFETY: `sizes` outlives the call.
    let result =
        unsafe { libc::syscall(libc::SYS_seccomp, libc::SECCOMP_GET_NOTIF_SIZES, 0, &raw mut sizes) };
    result == 0 && usize::from(sizes.seccomp_notif) == size_of::<libc::seccomp_notif>()
}

/// Installs a filter that allows everything, with a listener; it stays until the process ends.
fn can_listen() -> bool {
    let mut all = libc::sock_filter { code: 0, jt: 0, jf: 0, k: libc::SECCOMP_RET_ALLOW };
    all.code = u16::try_from(libc::BPF_RET | libc::BPF_K).unwrap_or_default();
    let program = libc::sock_fprog { len: 1, filter: &raw mut all };
    // SAFETY: touches no memory.
    let forgone = unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) };
    // SAFETY: program and filter outlive the call, which copies them.
    forgone == 0 && unsafe { install_filter(&raw const program, KillMode::Report) } >= 0
}

/// Installs a filter in the calling thread. Returns the listener's descriptor, 0 without a listener, and -1 on failure.
///
/// # Safety
/// `program` points to a valid program.
pub(crate) unsafe fn install_filter(program: *const libc::sock_fprog, kill_mode: KillMode) -> libc::c_long {
    let flags = match kill_mode {
        KillMode::Kill => 0,
        KillMode::Report => libc::SECCOMP_FILTER_FLAG_NEW_LISTENER,
    };
    // SAFETY: the caller's promise.
    unsafe { libc::syscall(libc::SYS_seccomp, libc::SECCOMP_SET_MODE_FILTER, flags, program) }
}
