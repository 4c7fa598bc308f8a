//! Messages between a launcher and its templates and zygotes: one byte each, with descriptors.

use std::os::fd::OwnedFd;

use kernel::{At, Channel, KernelError, Step};
use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    io::Errno,
};

/// What the launcher and a template say to each other: a byte each, with descriptors.
pub(super) mod say {
    use kernel::{Identity, seccomp::Lethal};

    /// To it: here is the filter of guests, and that of guests that a zygote forks; they change their ids. Or: they keep them. In
    /// lower case: each filter has a listener.
    pub(super) const fn begin(identity: Identity, lethal: Lethal) -> u8 {
        let ids = if identity.tells_init_from_guest() { b'C' } else { b'K' };
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

/// What is said there, within this time.
pub(super) fn receive_within(
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
