//! A program that is started once and forked for each sandbox: see [`Prestart`](crate::Prestart).
//!
//! It lives beside the launcher, outside every sandbox, with just the rights to enter one, and nothing that a guest wrote
//! ever reaches it. Its forks give up those rights before they wait, and init does not take their word for it.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use kernel::{Channel, Identity, KernelError, Step, StepContext, seccomp::Lethal};
use model::Limits;
use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    io::Errno,
};

use super::{ItsEnds, OurEnds, pipes, zygote::Zygote};
use crate::{
    init::{START_GRACE, c_strings},
    protocol::StartOrder,
    rlimits,
};

/// How often a template is forked before it is started anew: forks share what is random about their template.
const MOST_FORKS: u32 = 128;

/// What the launcher and a template say to each other: a byte each, with descriptors.
pub(super) mod say {
    use kernel::{Identity, seccomp::Lethal};

    /// To it: here is the filter of guests, and that of guests that a zygote forks; they change their ids. Or: they keep them. In
    /// lower case: each filter has a listener.
    pub(super) const fn begin(identity: Identity, lethal: Lethal) -> u8 {
        let ids = if identity.has_guest_id() { b'C' } else { b'K' };
        match lethal {
            Lethal::Kill => ids,
            Lethal::Report => ids.to_ascii_lowercase(),
        }
    }
    /// From a zygote: the listener of its filter comes along.
    pub(in super::super) const LISTENER: u8 = b'L';
    /// From it: ready.
    pub(in super::super) const READY: u8 = b'R';
    /// From it: ready, and it has a twin that forks zygotes, whose channel and process come along.
    pub(super) const READY_FOR_ZYGOTES: u8 = b'Z';
    /// To it: fork; with standard input, output, error and hook of the fork, and the namespaces of its sandbox.
    pub(in super::super) const FORK: u8 = b'F';
    /// The same, and have the fork copy what it will write before it says that it is ready.
    pub(super) const FORK_AND_COPY: u8 = b'A';
    /// To the twin: fork a zygote; with its channel, and the namespaces of its sandbox. To a zygote: as [`FORK`], without namespaces.
    pub(super) const MAKE_ZYGOTE: u8 = b'Z';
    /// From it: the fork is on its way, and will tell init. A descriptor of a zygote's process comes along.
    pub(in super::super) const DONE: u8 = b'D';
}

pub(super) struct Template {
    order: StartOrder,
    process: OwnedFd,
    channel: Channel,
    forks: u32,
    /// Its twin, if it has one, which forks zygotes.
    twin: Option<Twin>,
    /// Its own standard streams are like those of a program: what it learns of them when it starts holds for its forks.
    streams: OurEnds,
}

/// A process and its channel.
struct Twin {
    process: OwnedFd,
    channel: Channel,
}

impl Drop for Twin {
    /// It ends with its template, and is then the launcher's to reap.
    fn drop(&mut self) {
        kernel::kill_pidfd(self.process.as_fd());
        if let Err(error) = kernel::wait_pidfd(self.process.as_fd()) {
            eprintln!("coderunner launcher: {error}");
        }
    }
}

impl Drop for Template {
    fn drop(&mut self) {
        kernel::kill_pidfd(self.process.as_fd());
        if let Err(error) = kernel::wait_pidfd(self.process.as_fd()) {
            eprintln!("coderunner launcher: {error}");
        }
        // Its twin comes after it: fields are dropped after this.
    }
}

impl Template {
    pub(super) fn start(
        order: StartOrder,
        identity: Identity,
        filters: [BorrowedFd<'_>; 2],
        lethal: Lethal,
    ) -> Result<Self, KernelError> {
        let (channel, its) = Channel::pair()?;
        let (streams, its_streams) = pipes(&identity)?;
        let process = spawn(&order, identity, &its_streams, its.as_fd())?;
        let process = kernel::open_pidfd(process)?;
        let mut template = Self { order, process, channel, forks: 0, twin: None, streams };
        drop(its);
        template.channel.send(&say::begin(identity, lethal), &filters)?;
        let ready = [say::READY, say::READY_FOR_ZYGOTES];
        let (_, fds) = template.hear(&template.channel, &ready, Step::StartTemplate)?;
        if let Ok([channel, process]) = <[OwnedFd; 2]>::try_from(fds) {
            template.twin = Some(Twin { process, channel: Channel::from_fd(channel) });
        }
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
        self.hear(&self.channel, &[say::DONE], Step::ForkTemplate).map(drop)
    }

    /// Has it fork a zygote for the sandbox with these namespaces; `None` if it cannot make any.
    pub(super) fn zygote(&mut self, namespaces: &[OwnedFd]) -> Result<Option<Zygote>, KernelError> {
        let Some(twin) = &self.twin else { return Ok(None) };
        self.forks += 1;
        let (channel, its) = Channel::pair()?;
        let mut fds = vec![its.as_fd()];
        fds.extend(namespaces.iter().map(AsFd::as_fd));
        twin.channel.send(&say::MAKE_ZYGOTE, &fds)?;
        let (_, process) = self.hear(&twin.channel, &[say::DONE], Step::MakeZygote)?;
        let process = process.into_iter().next();
        let process =
            process.ok_or(KernelError { step: Step::MakeZygote, errno: Errno::PROTO.raw_os_error() })?;
        Ok(Some(Zygote { process, channel, listener: None }))
    }

    /// How many processes it is.
    pub(super) const fn processes(&self) -> u32 {
        if self.twin.is_some() { 2 } else { 1 }
    }

    fn hear(
        &self,
        channel: &Channel,
        expected: &[u8],
        step: Step,
    ) -> Result<(u8, Vec<OwnedFd>), KernelError> {
        let heard = listen(channel, &START_GRACE, step).and_then(|(heard, fds)| {
            let expected = expected.contains(&heard).then_some((heard, fds));
            expected.ok_or(KernelError { step, errno: Errno::PROTO.raw_os_error() })
        });
        if heard.is_err() {
            show_errors(&self.streams);
        }
        heard
    }
}

/// What is said there, within this time.
pub(super) fn listen(
    channel: &Channel,
    grace: &Timespec,
    step: Step,
) -> Result<(u8, Vec<OwnedFd>), KernelError> {
    let mut waiting = [PollFd::new(channel, PollFlags::IN)];
    if poll(&mut waiting, Some(grace)).at(Step::Poll)? == 0 {
        return Err(KernelError { step, errno: Errno::TIMEDOUT.raw_os_error() });
    }
    channel.receive::<u8>()?.ok_or(KernelError { step, errno: Errno::PIPE.raw_os_error() })
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
    let started = kernel::spawn(&kernel::Program {
        argv: &argv,
        env: &env,
        folder: c"/box",
        streams: streams.0.each_ref().map(AsFd::as_fd),
        hook: Some(channel),
        terminal: None,
        identity,
        rlimits: &[rlimits::stack(&Limits::STUDENT).soft_only()],
        network: kernel::NetworkNamespace::Inherited,
        privileges: kernel::Privileges::Template,
    })?;
    Ok(started.pid)
}
