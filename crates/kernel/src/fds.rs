//! Descriptors made to be handed to a sandbox.

use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

use rustix::{
    fs::{MemfdFlags, Mode, OFlags, SealFlags, fcntl_add_seals, memfd_create, open},
    pipe::{PipeFlags, pipe_with},
};

use crate::{At, Identity, KernelError, Step};

/// The bytes as a read-only file with no name that nobody can change any more.
pub fn sealed_bytes(bytes: &[u8]) -> Result<OwnedFd, KernelError> {
    let writable =
        memfd_create(c"bytes", MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING).at(Step::CreateMemfd)?;
    let mut rest = bytes;
    while !rest.is_empty() {
        let written = rustix::io::write(&writable, rest).at(Step::WriteFile)?;
        rest = &rest[written..];
    }
    let seals = SealFlags::WRITE | SealFlags::GROW | SealFlags::SHRINK | SealFlags::SEAL;
    fcntl_add_seals(&writable, seals).at(Step::SealMemfd)?;
    // Opened anew so that whoever gets the descriptor starts at offset 0 and cannot even try to write.
    let path = format!("/proc/self/fd/{}", writable.as_raw_fd());
    open(path, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty()).at(Step::CreateMemfd)
}

/// Closes every descriptor but standard input, output, error and `kept`. For a process that is a copy of another one and
/// must not keep what was open there; whatever owned those descriptors must never be dropped in it.
pub fn close_all_but(kept: BorrowedFd<'_>) -> Result<(), KernelError> {
    let kept = kept.as_raw_fd().cast_unsigned();
    close_range(3, kept.saturating_sub(1))?;
    close_range(kept.saturating_add(1), libc::c_uint::MAX)
}

fn close_range(first: libc::c_uint, last: libc::c_uint) -> Result<(), KernelError> {
    if first > last {
        return Ok(());
    }
    // SAFETY: the caller promises that nobody uses these descriptors any more.
    match unsafe { libc::syscall(libc::SYS_close_range, first, last, 0) } {
        0 => Ok(()),
        _ => Err(KernelError::last(Step::CloseDescriptors)),
    }
}

/// Reads everything from the start of `fd` without moving its offset, up to `most` bytes.
pub fn read_all_at(fd: impl AsFd, most: usize) -> Result<Vec<u8>, KernelError> {
    let mut bytes = Vec::new();
    let mut chunk = vec![0; 64 * 1024];
    loop {
        let read = rustix::io::pread(&fd, &mut chunk, bytes.len() as u64).at(Step::ReadFile)?;
        if read == 0 || bytes.len() >= most {
            bytes.truncate(most);
            return Ok(bytes);
        }
        bytes.extend_from_slice(&chunk[..read]);
    }
}

/// A pipe out of the sandbox: `(our end, the guest's end)`. Our end does not block. It belongs to the guest, so that a
/// program may open `/dev/stdout` anew.
pub fn output_pipe(identity: &Identity) -> Result<(OwnedFd, OwnedFd), KernelError> {
    let (reader, writer) = guests_pipe(identity)?;
    rustix::io::ioctl_fionbio(&reader, true).at(Step::CreatePipe)?;
    Ok((reader, writer))
}

/// Two connected ends of a stream, for bytes both ways.
pub fn stream_pair() -> Result<(OwnedFd, OwnedFd), KernelError> {
    use rustix::net::{AddressFamily, SocketFlags, SocketType, socketpair};
    socketpair(AddressFamily::UNIX, SocketType::STREAM, SocketFlags::CLOEXEC, None).at(Step::CreatePipe)
}

/// A pipe into the sandbox, likewise.
pub fn input_pipe(identity: &Identity) -> Result<(OwnedFd, OwnedFd), KernelError> {
    let (reader, writer) = guests_pipe(identity)?;
    rustix::io::ioctl_fionbio(&writer, true).at(Step::CreatePipe)?;
    Ok((writer, reader))
}

fn guests_pipe(identity: &Identity) -> Result<(OwnedFd, OwnedFd), KernelError> {
    identity.as_guest(|| pipe_with(PipeFlags::CLOEXEC)).at(Step::CreatePipe)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sealed_bytes_read_back_and_cannot_be_written() {
        let fd = sealed_bytes(b"the input").expect("memfd");
        assert_eq!(read_all_at(&fd, 1024).expect("read"), b"the input");
        assert_eq!(read_all_at(&fd, 3).expect("read"), b"the");
        assert!(rustix::io::write(&fd, b"x").is_err());
        let path = format!("/proc/self/fd/{}", fd.as_raw_fd());
        let reopened = open(path, OFlags::RDWR, Mode::empty());
        assert!(reopened.is_err() || rustix::io::write(reopened.expect("open"), b"x").is_err());
    }
}
