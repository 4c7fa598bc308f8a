//! Sandbox as its launcher sees it: process 1 and the connection to it, the program that waits, the zygote.

use std::os::fd::{AsFd, OwnedFd};

use kernel::{Channel, Identity, KernelError, MessageWithFds, RecordLocks, Step};

use super::{
    pipes::{HostEnds, pipes},
    zygote::ZygoteState,
};
use crate::protocol::{InitRequest, InitResponse, StartRequest};

/// A prepared sandbox, identified by its process 1.
pub(super) struct Sandbox {
    pub(super) pidfd: OwnedFd,
    pub(super) init: Channel,
    /// The host's ends of the waiting program, if there is one.
    pub(super) waiting_program: Option<HostEnds>,
    pub(super) zygote: ZygoteState,
    /// Record locks of its programs.
    pub(super) locks: RecordLocks,
}

impl Drop for Sandbox {
    /// With process 1 the kernel kills all processes of the pid namespace. The wait ends when the last one is gone.
    fn drop(&mut self) {
        end(&self.pidfd);
    }
}

fn end(init: &OwnedFd) {
    kernel::kill_pidfd(init.as_fd());
    if let Err(error) = kernel::wait_pidfd(init.as_fd()) {
        eprintln!("coderunner launcher: {error}");
    }
}

impl Sandbox {
    /// A sandbox whose init has just been cloned, and the descriptors for a [`Census`](kernel::Census), if init opened them.
    pub(super) fn new(pidfd: OwnedFd, init: Channel) -> Result<(Self, Vec<OwnedFd>), KernelError> {
        let begun = expect_done(&init).and_then(|opened| {
            let mut opened = opened.into_iter();
            let locks = opened.next().map(RecordLocks::new).ok_or_else(unexpected_message)?;
            Ok((locks, opened.collect()))
        });
        match begun {
            Ok((locks, looks)) => {
                Ok((Self { pidfd, init, waiting_program: None, zygote: ZygoteState::Unneeded, locks }, looks))
            }
            Err(error) => {
                end(&pidfd);
                Err(error)
            }
        }
    }

    /// Starts a program that waits.
    pub(super) fn start(&mut self, order: StartRequest, identity: &Identity) -> Result<(), KernelError> {
        let (ours, its) = pipes(identity)?;
        self.init.send(&InitRequest::Start(order), &its.0.each_ref().map(AsFd::as_fd))?;
        drop(its);
        self.waiting_program = Some(ours);
        self.expect_done()
    }

    /// Receives the namespaces that init was asked to open.
    pub(super) fn namespaces(&self) -> Result<Vec<OwnedFd>, KernelError> {
        match self.init.receive()? {
            Some((InitResponse::Namespaces, namespaces)) => Ok(namespaces),
            Some((InitResponse::Failed(error), _)) => Err(error),
            _ => Err(unexpected_message()),
        }
    }

    pub(super) fn response(&self) -> Result<InitResponse, KernelError> {
        self.response_with_fds().map(|(note, _)| note)
    }

    pub(super) fn response_with_fds(&self) -> Result<MessageWithFds<InitResponse>, KernelError> {
        receive_with_fds(&self.init)
    }

    pub(super) fn expect_done(&self) -> Result<(), KernelError> {
        expect_done(&self.init).map(drop)
    }
}

fn receive_with_fds(init: &Channel) -> Result<MessageWithFds<InitResponse>, KernelError> {
    init.receive()?.ok_or(KernelError { step: Step::WatchInit, errno: 0 })
}

/// Returns the descriptors of the response.
fn expect_done(init: &Channel) -> Result<Vec<OwnedFd>, KernelError> {
    match receive_with_fds(init)? {
        (InitResponse::Done, fds) => Ok(fds),
        (InitResponse::Failed(error), _) => Err(error),
        (
            InitResponse::Namespaces
            | InitResponse::Checked(_)
            | InitResponse::Started
            | InitResponse::Ended(_)
            | InitResponse::Collected(_),
            _,
        ) => Err(unexpected_message()),
    }
}

pub(super) fn unexpected_message() -> KernelError {
    KernelError { step: Step::DecodeMessage, errno: rustix::io::Errno::PROTO.raw_os_error() }
}
