//! Listener of a filter: receives lethal system calls from the kernel and kills the processes that made them.
//!
//! A filter that kills at once does not report the call. A filter with [`KillMode::Report`](super::KillMode::Report) suspends the
//! call instead (`SECCOMP_RET_USER_NOTIF`, see `seccomp_unotify(2)`) until the listener, a descriptor that the installation returns, has
//! read its number. The listener never continues a call and never answers one: the process ends by the signal that the kernel would
//! have sent. Without a listener, the kernel answers these calls with `ENOSYS`.

use std::{
    cell::Cell,
    fs,
    mem::MaybeUninit,
    os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd},
};

use serde::{Deserialize, Serialize};

use super::Architecture;
use crate::{KernelError, Step};

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
pub struct KilledProcess {
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
    pub fn kill_next(&self) -> Result<Option<KilledProcess>, KernelError> {
        let Some(notice) = self.next()? else { return Ok(None) };
        let Ok(thread) = i32::try_from(notice.pid) else { return Ok(None) };
        // Of one that this process cannot see, as it is in no pid namespace of its own, the call stays held up.
        let Some(status) = Status::of(thread) else { return Ok(None) };
        // Its number may have been reused by now.
        if thread == 0 || !self.is_waiting(notice.id) {
            return Ok(None);
        }
        self.kill(thread, &status);
        let number = notice.data.nr.cast_unsigned();
        let call = Call { number, architecture: notice.data.arch };
        Ok(Some(KilledProcess { process: status.process, call }))
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
