//! A program that is started once and forked for each sandbox: see [`Prestart`](crate::Prestart).
//!
//! It lives beside the launcher, outside every sandbox, with just the rights to enter one, and nothing that a guest wrote
//! ever reaches it. Its forks give up those rights before they wait, and init does not take their word for it.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use kernel::{At, Channel, Identity, KernelError, Step};
use model::Limits;
use rustix::{
    event::{PollFd, PollFlags, poll},
    io::Errno,
};

use super::{ItsEnds, OurEnds, pipes};
use crate::{
    init::{START_GRACE, c_strings},
    protocol::StartOrder,
    rlimits,
};

/// How often a template is forked before it is started anew: forks share what is random about their template.
const MOST_FORKS: u32 = 128;

/// What the launcher and a template say to each other: a byte each, with descriptors.
mod say {
    /// To it: here is the filter of guests; they change their ids. Or: they keep them.
    pub(super) const CHANGE_IDS: u8 = b'C';
    pub(super) const KEEP_IDS: u8 = b'K';
    /// From it: ready.
    pub(super) const READY: u8 = b'R';
    /// To it: fork; with standard input, output, error and hook of the fork, and the namespaces of its sandbox.
    pub(super) const FORK: u8 = b'F';
    /// The same, and have the fork copy what it will write before it says that it is ready.
    pub(super) const FORK_AND_COPY: u8 = b'A';
    /// From it: the fork is on its way, and will tell init.
    pub(super) const DONE: u8 = b'D';
}

pub(super) struct Template {
    order: StartOrder,
    process: OwnedFd,
    channel: Channel,
    forks: u32,
    /// Its own standard streams are like those of a program: what it learns of them when it starts holds for its forks.
    streams: OurEnds,
}

impl Drop for Template {
    fn drop(&mut self) {
        kernel::kill_pidfd(self.process.as_fd());
        if let Err(error) = kernel::wait_pidfd(self.process.as_fd()) {
            eprintln!("coderunner launcher: {error}");
        }
    }
}

impl Template {
    pub(super) fn start(
        order: StartOrder,
        identity: Identity,
        filter: BorrowedFd<'_>,
    ) -> Result<Self, KernelError> {
        let (channel, its) = Channel::pair()?;
        let (streams, its_streams) = pipes(&identity)?;
        let process = spawn(&order, identity, &its_streams, its.as_fd())?;
        let template = Self { order, process: kernel::open_pidfd(process)?, channel, forks: 0, streams };
        drop(its);
        let ids = if identity.tells_init_from_guest() { say::CHANGE_IDS } else { say::KEEP_IDS };
        template.channel.send(&ids, &[filter])?;
        template.hear(say::READY, Step::StartTemplate)?;
        Ok(template)
    }

    /// Whether it can be forked once more, for whoever wants what this order starts.
    pub(super) fn serves(&self, order: &StartOrder, renew: bool) -> bool {
        self.order == *order && self.forks < if renew { 1 } else { MOST_FORKS }
    }

    /// Has it fork into these namespaces. Init hears through the other end of `hook` when the fork is ready.
    pub(super) fn fork(
        &mut self,
        streams: &ItsEnds,
        hook: BorrowedFd<'_>,
        namespaces: &[OwnedFd],
        copy: bool,
    ) -> Result<(), KernelError> {
        self.forks += 1;
        let mut fds: Vec<_> = streams.0.iter().map(AsFd::as_fd).collect();
        fds.push(hook);
        fds.extend(namespaces.iter().map(AsFd::as_fd));
        self.channel.send(if copy { &say::FORK_AND_COPY } else { &say::FORK }, &fds)?;
        self.hear(say::DONE, Step::ForkTemplate)
    }

    fn hear(&self, expected: u8, step: Step) -> Result<(), KernelError> {
        let heard = self.listen(step);
        if heard != Ok(expected) {
            show_errors(&self.streams);
        }
        match heard? {
            byte if byte == expected => Ok(()),
            _ => Err(KernelError { step, errno: Errno::PROTO.raw_os_error() }),
        }
    }

    fn listen(&self, step: Step) -> Result<u8, KernelError> {
        let mut waiting = [PollFd::new(&self.channel, PollFlags::IN)];
        if poll(&mut waiting, Some(&START_GRACE)).at(Step::Poll)? == 0 {
            return Err(KernelError { step, errno: Errno::TIMEDOUT.raw_os_error() });
        }
        let gone = KernelError { step, errno: Errno::PIPE.raw_os_error() };
        self.channel.receive::<u8>()?.map(|(heard, _)| heard).ok_or(gone)
    }
}

/// Passes on what a template, or a fork that is not a guest's yet, says about its failure: no guest has written any of it.
pub(super) fn show_errors(streams: &OurEnds) {
    let Some(stderr) = streams.0.get(2) else { return };
    let mut text = vec![0; 4096];
    // Our ends do not block.
    if let Ok(length @ 1..) = rustix::io::read(stderr, &mut text) {
        eprintln!("coderunner launcher: a template failed: {}", String::from_utf8_lossy(&text[..length]));
    }
}

fn spawn(
    order: &StartOrder,
    identity: Identity,
    streams: &ItsEnds,
    channel: BorrowedFd<'_>,
) -> Result<i32, KernelError> {
    let argv = c_strings(order.argv.iter().cloned())?;
    let env = c_strings(order.env.iter().map(|(name, value)| format!("{name}={value}")))?;
    kernel::spawn(&kernel::Program {
        argv: &argv,
        env: &env,
        folder: c"/box",
        streams: streams.0.each_ref().map(AsFd::as_fd),
        hook: Some(channel),
        terminal: None,
        identity,
        rlimits: &[rlimits::stack(&Limits::STUDENT).soft_only()],
        standing: kernel::Standing::Template,
    })
}
