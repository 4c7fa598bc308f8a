//! Namespace state that outlives programs, and its reset: the last pid and named sockets.

use std::{
    fs::File,
    os::{fd::OwnedFd, unix::fs::FileExt},
    path::Path,
    thread::sleep,
    time::Duration,
};

use rustix::{
    fs::{Mode, OFlags, open, openat},
    io::Errno,
};

use crate::{KernelError, Step, StepContext};

/// The process numbers of one pid namespace.
#[derive(Debug)]
pub struct PidCounter(File);

/// Opens `/proc/sys` as it is now: later mounts there are not visible through it.
pub fn open_sysctl() -> Result<OwnedFd, KernelError> {
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    open("/proc/sys", flags, Mode::empty()).at(Step::OpenSettings)
}

impl PidCounter {
    /// Those of this process's namespace, through what [`open_sysctl`] opened; `None` on a kernel that cannot set them (without
    /// `CONFIG_CHECKPOINT_RESTORE`).
    pub fn open(settings: &OwnedFd) -> Result<Option<Self>, KernelError> {
        let flags = OFlags::WRONLY | OFlags::CLOEXEC;
        match openat(settings, "kernel/ns_last_pid", flags, Mode::empty()) {
            Ok(file) => Ok(Some(Self(file.into()))),
            Err(Errno::NOENT) => Ok(None),
            Err(errno) => Err(errno).at(Step::RestartNumbers),
        }
    }

    /// Has the next process get the number 2, as the first one after process 1 did. To be called while there is no other.
    pub fn reset(&self) -> Result<(), KernelError> {
        // A number that does not begin at offset 0 is ignored.
        self.0.write_all_at(b"1", 0).at(Step::RestartNumbers)
    }
}

/// Interval and maximum number of polls until a name disappears: the kernel closes sockets in flight between processes shortly
/// after the processes have ended.
const POLL_INTERVAL: Duration = Duration::from_millis(1);
const MAX_POLLS: u32 = 1000;

/// Waits until no socket of this process's network namespace has a name. To be called while no program is left that could hold
/// one; `proc` is where a `/proc` can be seen that shows this process.
pub fn wait_for_closed_sockets(proc: &Path) -> Result<(), KernelError> {
    let list = proc.join("self/net/unix");
    for _ in 0..MAX_POLLS {
        let sockets = std::fs::read_to_string(&list).at(Step::ForgetSockets)?;
        if !any_has_name(&sockets) {
            return Ok(());
        }
        collect_unreachable_sockets()?;
        sleep(POLL_INTERVAL);
    }
    Err(KernelError { step: Step::ForgetSockets, errno: libc::EBUSY })
}

/// Makes the kernel close unreachable sockets, such as one whose descriptor was sent through itself, with everything sent through
/// them. Otherwise they stay until any socket of the host is closed, which starts the kernel's collection.
pub fn collect_unreachable_sockets() -> Result<(), KernelError> {
    crate::socket_pair().map(drop)
}

/// Whether one of the sockets in this list, `proc_net_unix(5)`, has a name or a path: the eighth column.
fn any_has_name(list: &str) -> bool {
    list.lines().skip(1).any(|line| line.split_whitespace().nth(7).is_some())
}

#[cfg(test)]
mod tests {
    use std::os::{
        linux::net::SocketAddrExt,
        unix::net::{SocketAddr, UnixListener},
    };

    use super::*;

    #[test]
    fn named_sockets_are_distinguished_from_unnamed_ones() {
        let list = "Num       RefCount Protocol Flags    Type St Inode Path\n\
                    0000000000000000: 00000003 00000000 00000000 0005 03 10244\n";
        assert!(!any_has_name(list));
        assert!(any_has_name(&format!(
            "{list}0000000000000000: 00000002 00000000 00010000 0001 01 10245 @left\n"
        )));
    }

    #[test]
    fn the_list_of_this_kernel_has_that_form() {
        let name = format!("of-process-{}", std::process::id());
        let address = SocketAddr::from_abstract_name(&name).expect("short");
        let held = UnixListener::bind_addr(&address).expect("free");
        let list = std::fs::read_to_string("/proc/self/net/unix").expect("a list");
        let line = list.lines().find(|line| line.ends_with(&name)).expect("its line");
        assert!(any_has_name(&format!("header\n{line}\n")));
        drop(held);
    }
}
