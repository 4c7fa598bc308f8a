//! Template: a runtime that is started once per slot and forked for each sandbox; see [`Prestart`](crate::Prestart).
//!
//! It runs beside the launcher, outside of every sandbox, with just the rights to enter one, and receives nothing that a
//! guest wrote. Its forks give up those rights before they wait, and init verifies that.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use kernel::{Channel, Identity, KernelError, Step, seccomp::KillMode};
use model::Limits;
use rustix::io::Errno;

use super::{
    messages::{receive_within, say},
    pipes::{GuestEnds, HostEnds, pipes},
    zygote::Zygote,
};
use crate::{
    init::{START_TIMEOUT, c_strings},
    protocol::{ForkMemory, StartRequest, TemplateReuse},
    rlimits,
};

/// Maximum number of forks of a template. Forks share what is random about their template.
const MAX_FORKS: u32 = 128;

pub(super) struct Template {
    order: StartRequest,
    process: OwnedFd,
    channel: Channel,
    forks: u32,
    /// The twin that forks zygotes, if there is one.
    zygote_forker: Option<ZygoteForker>,
    /// Standard streams of the template, of the same kind as those of programs: what it learns about them at its start holds
    /// for its forks.
    streams: HostEnds,
}

/// A process and its channel.
struct ZygoteForker {
    process: OwnedFd,
    channel: Channel,
}

impl Drop for ZygoteForker {
    /// It ends with its template, and is then a child of the launcher.
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
        // The twin is dropped after this.
    }
}

impl Template {
    pub(super) fn start(
        order: StartRequest,
        identity: Identity,
        filters: [BorrowedFd<'_>; 2],
        kill_mode: KillMode,
    ) -> Result<Self, KernelError> {
        let (channel, its) = Channel::pair()?;
        let (streams, its_streams) = pipes(&identity)?;
        let process = spawn(&order, identity, &its_streams, its.as_fd())?;
        let process = kernel::open_pidfd(process)?;
        let mut template = Self { order, process, channel, forks: 0, zygote_forker: None, streams };
        drop(its);
        template.channel.send(&say::begin(identity, kill_mode), &filters)?;
        let ready = [say::READY, say::READY_FOR_ZYGOTES];
        let (_, fds) = template.receive_own(&template.channel, &ready, Step::StartTemplate)?;
        if let Ok([channel, process]) = <[OwnedFd; 2]>::try_from(fds) {
            template.zygote_forker = Some(ZygoteForker { process, channel: Channel::from_fd(channel) });
        }
        Ok(template)
    }

    /// Whether it can be forked once more for this request.
    pub(super) fn is_reusable_for(&self, order: &StartRequest, reuse: TemplateReuse) -> bool {
        let max = match reuse {
            TemplateReuse::Shared => MAX_FORKS,
            TemplateReuse::Exclusive => 1,
        };
        self.order == *order && self.forks < max
    }

    /// Forks into these namespaces. Init receives through the other end of `hook` when the fork is ready.
    pub(super) fn fork(
        &mut self,
        streams: &GuestEnds,
        hook: BorrowedFd<'_>,
        namespaces: &[OwnedFd],
        memory: ForkMemory,
    ) -> Result<(), KernelError> {
        self.forks += 1;
        let mut fds: Vec<_> = streams.0.iter().map(AsFd::as_fd).collect();
        fds.push(hook);
        fds.extend(namespaces.iter().map(AsFd::as_fd));
        let message = match memory {
            ForkMemory::Eager => &say::FORK_AND_COPY,
            ForkMemory::OnWrite => &say::FORK,
        };
        self.channel.send(message, &fds)?;
        self.receive_own(&self.channel, &[say::DONE], Step::ForkTemplate).map(drop)
    }

    /// Forks a zygote for the sandbox with these namespaces; `None` if there is no twin.
    pub(super) fn zygote(&mut self, namespaces: &[OwnedFd]) -> Result<Option<Zygote>, KernelError> {
        let Some(twin) = &self.zygote_forker else { return Ok(None) };
        self.forks += 1;
        let (channel, its) = Channel::pair()?;
        let mut fds = vec![its.as_fd()];
        fds.extend(namespaces.iter().map(AsFd::as_fd));
        twin.channel.send(&say::MAKE_ZYGOTE, &fds)?;
        let (_, process) = self.receive_own(&twin.channel, &[say::DONE], Step::MakeZygote)?;
        let process = process.into_iter().next();
        let process =
            process.ok_or(KernelError { step: Step::MakeZygote, errno: Errno::PROTO.raw_os_error() })?;
        Ok(Some(Zygote { process, channel, listener: None }))
    }

    /// Number of its processes.
    pub(super) const fn processes(&self) -> u32 {
        if self.zygote_forker.is_some() { 2 } else { 1 }
    }

    fn receive_own(
        &self,
        channel: &Channel,
        expected: &[u8],
        step: Step,
    ) -> Result<(u8, Vec<OwnedFd>), KernelError> {
        let heard = receive_within(channel, &START_TIMEOUT, step).and_then(|(heard, fds)| {
            let expected = expected.contains(&heard).then_some((heard, fds));
            expected.ok_or(KernelError { step, errno: Errno::PROTO.raw_os_error() })
        });
        if heard.is_err() {
            log_errors(&self.streams);
        }
        heard
    }
}

/// Logs the error output of a template, or of a fork that is not a guest yet. No guest has written any of it.
pub(super) fn log_errors(streams: &HostEnds) {
    let Some(stderr) = streams.0.get(2) else { return };
    let mut text = vec![0; 4096];
    // Our ends do not block.
    if let Ok(length @ 1..) = rustix::io::read(stderr, &mut text) {
        eprintln!("coderunner launcher: a template failed: {}", String::from_utf8_lossy(&text[..length]));
    }
}

fn spawn(
    order: &StartRequest,
    identity: Identity,
    streams: &GuestEnds,
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
