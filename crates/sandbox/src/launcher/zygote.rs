//! Zygote: a program that was read once and is forked for each test of its submission; see [`Prestart`](crate::Prestart).
//!
//! A zygote is a fork of the template that has become a guest of one sandbox, with one exception: it is not among the
//! processes of that sandbox. So no test can see, signal or end it, and cleaning up after a test leaves it alone. Only its
//! forks are in the sandbox. It serves one submission and ends with the sandbox. If it fails, programs are forked from the
//! template instead.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use kernel::{Channel, KernelError, Step, seccomp::KillMode};
use rustix::{event::Timespec, io::Errno};

use super::{
    messages::{receive_within, say},
    pipes::GuestEnds,
};

/// Timeout to read the program. A source that takes longer is not worth a zygote.
const READ_TIMEOUT: Timespec = Timespec { tv_sec: 0, tv_nsec: 300_000_000 };
/// Timeout to fork.
const FORK_TIMEOUT: Timespec = Timespec { tv_sec: 2, tv_nsec: 0 };
/// Maximum memory in bytes. The limit of the sandbox is raised by the memory of its zygote.
pub(super) const MAX_MEMORY: u64 = 32 << 20;

pub(super) struct Zygote {
    pub(super) process: OwnedFd,
    pub(super) channel: Channel,
    /// The listener of its filter, which its forks share.
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
    /// Receives its listener, and waits until it has read its program. Returns false if it does not support the program and
    /// ended.
    pub(super) fn is_ready(&mut self, kill_mode: KillMode) -> bool {
        if kill_mode == KillMode::Report {
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

    /// Forks. Init receives through the other end of `hook` when the fork is ready.
    pub(super) fn fork(&self, streams: &GuestEnds, hook: BorrowedFd<'_>) -> Result<(), KernelError> {
        let [stdin, stdout, stderr] = streams.0.each_ref().map(AsFd::as_fd);
        self.channel.send(&say::FORK, &[stdin, stdout, stderr, hook])?;
        match receive_within(&self.channel, &FORK_TIMEOUT, Step::ForkZygote)? {
            (say::DONE, _) => Ok(()),
            _ => Err(KernelError { step: Step::ForkZygote, errno: Errno::PROTO.raw_os_error() }),
        }
    }
}

/// State of the zygote of a sandbox.
pub(super) enum ZygoteState {
    /// None yet: the first program may be the only one.
    Unneeded,
    /// None yet, but further programs follow.
    Worthwhile,
    /// It is there.
    Ready(Zygote),
    /// No zygote is possible for this program.
    Unavailable,
}
