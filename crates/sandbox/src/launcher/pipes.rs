//! Pipes of one program: the host's ends, which go to the worker, and the guest's ends.

use std::os::fd::OwnedFd;

use kernel::{Identity, KernelError};

/// The host's ends of a program's standard input, output and error, or of its terminal.
pub(super) struct HostEnds(pub(super) Vec<OwnedFd>);

/// The guest's ends.
pub(super) struct GuestEnds(pub(super) [OwnedFd; 3]);

/// The pipes of one program.
pub(super) fn pipes(identity: &Identity) -> Result<(HostEnds, GuestEnds), KernelError> {
    let (stdin, stdin_inside) = kernel::input_pipe(identity)?;
    let (stdout, stdout_inside) = kernel::output_pipe(identity)?;
    let (stderr, stderr_inside) = kernel::output_pipe(identity)?;
    Ok((HostEnds(vec![stdin, stdout, stderr]), GuestEnds([stdin_inside, stdout_inside, stderr_inside])))
}
