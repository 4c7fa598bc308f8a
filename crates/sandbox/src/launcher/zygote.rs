//! A program that has been read once and is forked for each test of its submission: see [`Prestart`](crate::Prestart).
//!
//! It is a fork of the template that has become a guest of one sandbox in all respects but one: it is not among the
//! sandbox's processes, so that no test sees, signals or ends it, and clearing up after a test leaves it alone. Only its forks
//! are. It is for one submission, and ends with the sandbox; that it fails only means that programs are forked from the
//! template, as they are elsewhere.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use kernel::{Channel, KernelError, Step, seccomp::Lethal};
use rustix::{event::Timespec, io::Errno};

use super::{
    ItsEnds,
    template::{listen, say},
};

/// How long it may take to read its program: a source that takes longer is not worth a zygote.
const READING: Timespec = Timespec { tv_sec: 0, tv_nsec: 300_000_000 };
/// How long it may take to fork.
const FORKING: Timespec = Timespec { tv_sec: 2, tv_nsec: 0 };
/// How much memory it may take, in bytes, for the sandbox has that much more than its limit while there is a zygote.
pub(super) const MOST_MEMORY: u64 = 32 << 20;

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
            let heard = listen(&self.channel, &READING, Step::MakeZygote);
            let fds = heard.ok().filter(|(heard, _)| *heard == say::LISTENER).map(|(_, fds)| fds);
            self.listener = fds.and_then(|fds| fds.into_iter().next());
            if self.listener.is_none() {
                return false;
            }
        }
        listen(&self.channel, &READING, Step::MakeZygote).is_ok_and(|(heard, _)| heard == say::READY)
    }

    /// Has it fork. Init hears through the other end of `hook` when the fork is ready.
    pub(super) fn fork(&self, streams: &ItsEnds, hook: BorrowedFd<'_>) -> Result<(), KernelError> {
        let [stdin, stdout, stderr] = streams.0.each_ref().map(AsFd::as_fd);
        self.channel.send(&say::FORK, &[stdin, stdout, stderr, hook])?;
        match listen(&self.channel, &FORKING, Step::ForkZygote)? {
            (say::DONE, _) => Ok(()),
            _ => Err(KernelError { step: Step::ForkZygote, errno: Errno::PROTO.raw_os_error() }),
        }
    }
}

/// Whether a sandbox has a zygote.
pub(super) enum Rounds {
    /// Not yet, and nobody knows whether one is worth while: one program may be all.
    First,
    /// Not yet, but one is worth while.
    Further,
    /// It has.
    Prepared(Zygote),
    /// There is none to be had for this program.
    Without,
}
