//! Listener of a filter: learns from the kernel which lethal call a process makes, and kills the process for it.
//!
//! A filter that kills tells nobody for which call. One made with [`Lethal::Report`] holds the call up instead
//! (`SECCOMP_RET_USER_NOTIF`, see `seccomp_unotify(2)`), until the listener, a descriptor that installing the filter gives, has taken
//! its number. The listener never lets a call go on and never answers one: the process ends by the signal that the kernel would have
//! sent. If no listener is left, the kernel itself answers these calls with `ENOSYS`.

use std::{
    cell::Cell,
    fs,
    mem::MaybeUninit,
    os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd},
};

use serde::{Deserialize, Serialize};

use super::Architecture;
use crate::{KernelError, Step};

/// The way in which a process is killed for a call whose action is [`Kill`](super::rule::Action::Kill).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lethal {
    /// The kernel kills it at once, and the call stays unknown.
    Kill,
    /// The process waits in the call until a [`Listener`] has read the call's number and killed it.
    Report,
}

impl Lethal {
    /// What this machine can do. The caller has one thread.
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

/// Installs a filter that allows everything, with a listener, for good.
fn can_listen() -> bool {
    let mut all = libc::sock_filter { code: 0, jt: 0, jf: 0, k: libc::SECCOMP_RET_ALLOW };
    all.code = u16::try_from(libc::BPF_RET | libc::BPF_K).unwrap_or_default();
    let program = libc::sock_fprog { len: 1, filter: &raw mut all };
    // SAFETY: touches no memory.
    let forgone = unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) };
    // SAFETY: program and filter outlive the call, which copies them.
    forgone == 0 && unsafe { install(&raw const program, Lethal::Report) } >= 0
}

/// Installs a filter in the calling thread. Gives the listener's descriptor, 0 where there is to be none, and -1 on failure.
///
/// # Safety
/// `program` points to a valid program.
pub(crate) unsafe fn install(program: *const libc::sock_fprog, lethal: Lethal) -> libc::c_long {
    let flags = match lethal {
        Lethal::Kill => 0,
        Lethal::Report => libc::SECCOMP_FILTER_FLAG_NEW_LISTENER,
    };
    // SAFETY: the caller's promise.
    unsafe { libc::syscall(libc::SYS_seccomp, libc::SECCOMP_SET_MODE_FILTER, flags, program) }
}

/// A system call, by number and kind of machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    number: u32,
    /// `AUDIT_ARCH_…` of `linux/audit.h`.
    architecture: u32,
}

impl Call {
    /// The call of this name on this machine.
    pub fn named(name: &str) -> Option<Self> {
        let number = Architecture::THIS.number(name)?;
        Some(Self { number, architecture: Architecture::THIS.audit_arch() })
    }

    /// Its name in the kernel's tables: `ptrace`; of a call by the numbers of 32-bit programs, `mount (32-bit)`.
    pub fn name(self) -> String {
        let ours = self.architecture == Architecture::THIS.audit_arch();
        let name = if ours {
            Architecture::THIS.name(self.number)
        } else {
            Architecture::name_32_bit(self.architecture, self.number)
        };
        let name = name.map_or_else(|| format!("system call {}", self.number), str::to_owned);
        if ours { name } else { format!("{name} (32-bit)") }
    }
}

/// A process that was killed for a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Killed {
    /// Its pid, as the listener's process sees it.
    pub process: i32,
    /// The call.
    pub call: Call,
}

/// The listener of one installed filter.
#[derive(Debug)]
pub struct Listener {
    fd: OwnedFd,
    /// The thread that a signal was last sent to.
    signalled: Cell<i32>,
}

impl Listener {
    /// The one with this descriptor.
    pub const fn from_fd(fd: OwnedFd) -> Self {
        Self { fd, signalled: Cell::new(0) }
    }

    /// Takes the next call and kills the process that made it. `None` if there is none, or the process has ended by itself. Does not
    /// wait where poll(2) has said that there is something to read.
    pub fn kill_next(&self) -> Result<Option<Killed>, KernelError> {
        let Some(notice) = self.next()? else { return Ok(None) };
        let Ok(thread) = i32::try_from(notice.pid) else { return Ok(None) };
        // Of one that this process cannot see, as it is in no pid namespace of its own, the call stays held up.
        let Some(status) = Status::of(thread) else { return Ok(None) };
        // Its number may be somebody else's by now.
        if thread == 0 || !self.is_waiting(notice.id) {
            return Ok(None);
        }
        self.kill(thread, &status);
        let number = notice.data.nr.cast_unsigned();
        let call = Call { number, architecture: notice.data.arch };
        Ok(Some(Killed { process: status.process, call }))
    }

    fn next(&self) -> Result<Option<libc::seccomp_notif>, KernelError> {
        // SAFETY: all zeroes are a valid value, and the one that the kernel demands.
        let mut notice: libc::seccomp_notif = unsafe { MaybeUninit::zeroed().assume_init() };
        let fd = self.fd.as_raw_fd();
        // SAFETY: `notice` outlives the call.
        if unsafe { libc::ioctl(fd, libc::SECCOMP_IOCTL_NOTIF_RECV, &raw mut notice) } == 0 {
            return Ok(Some(notice));
        }
        match KernelError::last(Step::ReceiveCall) {
            // The thread was interrupted, or has ended.
            error if matches!(error.errno, libc::ENOENT | libc::EINTR) => Ok(None),
            error => Err(error),
        }
    }

    fn is_waiting(&self, id: u64) -> bool {
        // SAFETY: `id` outlives the call.
        unsafe { libc::ioctl(self.fd.as_raw_fd(), libc::SECCOMP_IOCTL_NOTIF_ID_VALID, &raw const id) == 0 }
    }

    /// Ends it by the signal that the kernel ends it by, so that its parent sees the same; by SIGKILL if it would survive that.
    fn kill(&self, thread: i32, status: &Status) {
        let again = self.signalled.replace(thread) == thread;
        // SAFETY: these touch no memory. A process that is gone needs no signal.
        unsafe {
            if status.dies_of_sigsys && !again {
                libc::syscall(libc::SYS_tgkill, status.process, thread, libc::SIGSYS);
            } else {
                libc::kill(status.process, libc::SIGKILL);
            }
        }
    }
}

impl AsFd for Listener {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

/// A thread by its `proc_pid_status(5)`.
#[derive(Debug, PartialEq, Eq)]
struct Status {
    /// Its process.
    process: i32,
    /// Whether SIGSYS is neither blocked, ignored nor caught.
    dies_of_sigsys: bool,
}

impl Status {
    fn of(thread: i32) -> Option<Self> {
        Self::parse(&fs::read_to_string(format!("/proc/{thread}/status")).ok()?)
    }

    fn parse(status: &str) -> Option<Self> {
        let field =
            |name| status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).map(str::trim);
        let has_sigsys = |name| {
            let mask = u64::from_str_radix(field(name)?, 16).ok()?;
            Some(mask >> (libc::SIGSYS - 1) & 1 == 1)
        };
        let process = field("Tgid")?.parse().ok()?;
        let survives = has_sigsys("SigBlk")? || has_sigsys("SigIgn")? || has_sigsys("SigCgt")?;
        Some(Self { process, dies_of_sigsys: !survives })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_have_the_names_of_the_kernels_tables() {
        let name = |architecture, number| Call { number, architecture }.name();
        assert_eq!(Call::named("ptrace").map(Call::name).as_deref(), Some("ptrace"));
        assert_eq!(name(Architecture::THIS.audit_arch(), 9999), "system call 9999");
        assert_eq!(name(0x4000_0003, 20), "getpid (32-bit)");
        assert_eq!(name(0x4000_0003, 9999), "system call 9999 (32-bit)");
        assert_eq!(name(0x4000_0028, 26), "ptrace (32-bit)");
        assert_eq!(name(7, 20), "system call 20 (32-bit)");
    }

    #[test]
    fn whether_a_process_dies_of_the_signal_is_read_from_its_status() {
        let status = |blocked: &str, ignored: &str, caught: &str| {
            let text = format!(
                "Name:\ta\nTgid:\t12\nPid:\t14\nSigBlk:\t{blocked}\nSigIgn:\t{ignored}\nSigCgt:\t{caught}\n"
            );
            Status::parse(&text)
        };
        let (none, others, it) = ("0000000000000000", "ffffffffbfffffff", "0000000040000000");
        assert_eq!(status(none, others, none), Some(Status { process: 12, dies_of_sigsys: true }));
        for [blocked, ignored, caught] in [[it, none, none], [none, it, none], [none, none, it]] {
            let survives = Some(Status { process: 12, dies_of_sigsys: false });
            assert_eq!(status(blocked, ignored, caught), survives);
        }
        assert_eq!(Status::parse("Tgid:\t12\n"), None);
    }
}
