//! Messages between a launcher and its templates and zygotes: one byte each, with descriptors.

use std::os::fd::OwnedFd;

use kernel::{Channel, KernelError, Step, StepContext};
use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    io::Errno,
};

/// Messages between launcher, template and zygote: one byte each, with descriptors.
pub(super) mod say {
    use kernel::{Identity, seccomp::KillMode};

    /// To the template: the filters of guests and of forks of zygotes. Guests change their ids (`C`) or keep them (`K`); in
    /// lower case, filters have listeners.
    pub(in super::super) const fn begin(identity: Identity, kill_mode: KillMode) -> u8 {
        let ids = if identity.has_guest_id() { b'C' } else { b'K' };
        match kill_mode {
            KillMode::Kill => ids,
            KillMode::Report => ids.to_ascii_lowercase(),
        }
    }
    /// From a zygote: the listener of its filter.
    pub(in super::super) const LISTENER: u8 = b'L';
    /// From a template or a zygote: ready.
    pub(in super::super) const READY: u8 = b'R';
    /// From the template: ready, with a twin that forks zygotes, whose channel and process come along.
    pub(in super::super) const READY_FOR_ZYGOTES: u8 = b'Z';
    /// To the template: fork, with standard input, output, error and hook of the fork, and the namespaces of its sandbox.
    pub(in super::super) const FORK: u8 = b'F';
    /// The same, and copy the memory that the fork will write before it is ready.
    pub(in super::super) const FORK_AND_COPY: u8 = b'A';
    /// To the twin: fork a zygote, with its channel and the namespaces of its sandbox. To a zygote: as [`FORK`], without
    /// namespaces.
    pub(in super::super) const MAKE_ZYGOTE: u8 = b'Z';
    /// From each: the fork is on its way and will report to init. A pidfd of a zygote comes along.
    pub(in super::super) const DONE: u8 = b'D';
}

/// Receives a message within this time.
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
