//! What a program reads from standard input, written as it takes it.

use std::{io, os::fd::OwnedFd};

use tokio::{io::AsyncWriteExt, net::unix::pipe::Sender};

/// Writes all of `bytes` and then ends the input. A program that does not read it all is fine.
pub(crate) async fn feed(pipe: OwnedFd, bytes: &[u8]) -> io::Result<()> {
    match Sender::from_owned_fd(pipe)?.write_all(bytes).await {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}
