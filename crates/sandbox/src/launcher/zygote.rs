//! Zygote: a program that was read once and is forked for each test of its submission; see [`Prestart`](crate::Prestart).
//!
//! A zygote is a fork of the template that has become a guest of one sandbox, with one exception: it is not among the
//! processes of that sandbox. So no test can see, signal or end it, and cleaning up after a test leaves it alone. Only its
//! forks are in the sandbox. It serves one submission and ends with the sandbox. If it fails, programs are forked from the
//! template instead.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use kernel::{Channel, KernelError, Step, seccomp::Lethal};
use rustix::{event::Timespec, io::Errno};

use super::{
    messages::{receive_within, say},
    pipes::GuestEnds,
};

/// How long it may take to read its program: a source that takes longer is not worth a zygote.
const READ_TIMEOUT: Timespec = Timespec { tv_sec: 0, tv_nsec: 300_000_000 };
/// How long it may take to fork.
const FORK_TIMEOUT: Timespec = Timespec { tv_sec: 2, tv_nsec: 0 };
/// How much memory it may take, in bytes, for the sandbox has that much more than its limit while there is a zygote.
pub(super) const MAX_MEMORY: u64 = 32 << 20;

pub(super) struct Zygote {
    pub(super) process: OwnedFd,
    pub(super) channel: Channel,
    /// Of its filter, which its forks have too.
    pub(super) listener: Option<OwnedFd>,
}

impl Drop for Zygote {
    fn drop(&mut self) {
        kernel::kill_pidfd(self.process.as_fd());
        if let Err(error) = kernel::wait_pidfd(self.process.as_fd()) {
            eprintln!("coderunner launcher: {error}");
        }
    }
}

impl Zygote {
    /// Waits until it has read its program. It ends if it finds the program too strange. Before it reads anything, it gives its
    /// listener away.
    pub(super) fn is_ready(&mut self, lethal: Lethal) -> bool {
        if lethal == Lethal::Report {
            let heard = receive_within(&self.channel, &READ_TIMEOUT, Step::MakeZygote);
            let fds = heard.ok().filter(|(heard, _)| *heard == say::LISTENER).map(|(_, fds)| fds);
            self.listener = fds.and_then(|fds| fds.into_iter().next());
            if self.listener.is_none() {
                return false;
            }
        }
        receive_within(&self.channel, &READ_TIMEOUT, Step::MakeZygote)
            .is_ok_and(|(heard, _)| heard == say::READY)
    }

    /// Has it fork. Init hears through the other end of `hook` when the fork is ready.
    pub(super) fn fork(&self, streams: &GuestEnds, hook: BorrowedFd<'_>) -> Result<(), KernelError> {
        let [stdin, stdout, stderr] = streams.0.each_ref().map(AsFd::as_fd);
        self.channel.send(&say::FORK, &[stdin, stdout, stderr, hook])?;
        match receive_within(&self.channel, &FORK_TIMEOUT, Step::ForkZygote)? {
            (say::DONE, _) => Ok(()),
            _ => Err(KernelError { step: Step::ForkZygote, errno: Errno::PROTO.raw_os_error() }),
        }
    }
}

/// Whether a sandbox has a zygote.
pub(super) enum ZygoteState {
    /// Not yet, and nobody knows whether one is worth while: one program may be all.
    Unneeded,
    /// Not yet, but one is worth while.
    Worthwhile,
    /// It has.
    Ready(Zygote),
    /// There is none to be had for this program.
    Unavailable,
}
