//! File descriptors for a sandbox: sealed memfds, pipes and socket pairs.

use std::{
    io::IoSliceMut,
    mem::MaybeUninit,
    os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd},
};

use rustix::{
    fs::{MemfdFlags, Mode, OFlags, SealFlags, fcntl_add_seals, memfd_create, open},
    pipe::{PipeFlags, pipe_with},
};

use crate::{Identity, KernelError, Step, StepContext};

/// A file with no name, in memory, that grows until it is sealed.
#[derive(Debug)]
pub struct MemoryFile(OwnedFd);

impl MemoryFile {
    /// An empty one.
    pub fn create() -> Result<Self, KernelError> {
        memfd_create(c"bytes", MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING)
            .at(Step::CreateMemfd)
            .map(Self)
    }

    /// Adds to its end.
    pub fn append(&self, bytes: &[u8]) -> Result<(), KernelError> {
        let mut rest = bytes;
        while !rest.is_empty() {
            let written = rustix::io::write(&self.0, rest).at(Step::WriteFile)?;
            rest = &rest[written..];
        }
        Ok(())
    }

    /// Seals the file and reopens it read-only: no process can change it any more.
    pub fn seal(self) -> Result<OwnedFd, KernelError> {
        let seals = SealFlags::WRITE | SealFlags::GROW | SealFlags::SHRINK | SealFlags::SEAL;
        fcntl_add_seals(&self.0, seals).at(Step::SealMemfd)?;
        // Reopened so that the receiver of the descriptor starts at offset 0 and has no write access.
        let path = format!("/proc/self/fd/{}", self.0.as_raw_fd());
        open(path, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty()).at(Step::CreateMemfd)
    }
}

/// The concatenated pieces as a sealed, read-only file without a name.
pub fn sealed_memfd<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Result<OwnedFd, KernelError> {
    let file = MemoryFile::create()?;
    for piece in pieces {
        file.append(piece)?;
    }
    file.seal()
}

/// Passes `length` bytes of `fd`, from `offset` on, to `take`, piece by piece and without moving the file's own offset. Returns
/// their number, which is smaller if the file ends before.
pub fn read_chunks(
    fd: impl AsFd,
    offset: u64,
    length: u64,
    mut take: impl FnMut(&[u8]) -> Result<(), KernelError>,
) -> Result<u64, KernelError> {
    let mut piece = vec![0; 64 * 1024];
    let mut done = 0;
    while done < length {
        let most = usize::try_from(length - done).map_or(piece.len(), |left| left.min(piece.len()));
        let read = rustix::io::pread(&fd, &mut piece[..most], offset + done).at(Step::ReadFile)?;
        if read == 0 {
            break;
        }
        take(&piece[..read])?;
        done += read as u64;
    }
    Ok(done)
}

/// Closes every descriptor but standard input, output, error and `kept`. For a process that is a copy of another one and must not
/// keep what was open there; the owners of those descriptors must never be dropped in it.
pub fn close_fds_except(kept: BorrowedFd<'_>) -> Result<(), KernelError> {
    let kept = kept.as_raw_fd().cast_unsigned();
    close_range(3, kept.saturating_sub(1))?;
    close_range(kept.saturating_add(1), libc::c_uint::MAX)
}

fn close_range(first: libc::c_uint, last: libc::c_uint) -> Result<(), KernelError> {
    if first > last {
        return Ok(());
    }
    // SAFETY: the caller guarantees that these descriptors are no longer used.
    match unsafe { libc::syscall(libc::SYS_close_range, first, last, 0) } {
        0 => Ok(()),
        _ => Err(KernelError::last(Step::CloseDescriptors)),
    }
}

/// Capacity of an output pipe of the sandbox, in bytes: the default output limit of a run. Some runtimes exit without waiting for
/// a full pipe (Node.js in `process.exit`), and lose the output that did not fit.
const OUTPUT_CAPACITY: usize = 1 << 20;

/// A pipe out of the sandbox: `(our end, the guest's end)`. Our end does not block. It belongs to the guest, so that a program may
/// open `/dev/stdout` anew. If guests have an id of their own, its capacity is `OUTPUT_CAPACITY`. Otherwise its size is charged to
/// the caller, whose other pipes would become small.
pub fn output_pipe(identity: &Identity) -> Result<(OwnedFd, OwnedFd), KernelError> {
    let (reader, writer) = guest_pipe(identity)?;
    if identity.has_guest_id() {
        // A host that allows less gives less.
        let _usual_size = rustix::pipe::fcntl_setpipe_size(&reader, OUTPUT_CAPACITY);
    }
    rustix::io::ioctl_fionbio(&reader, true).at(Step::CreatePipe)?;
    Ok((reader, writer))
}

/// Two connected ends of a stream, for bytes both ways.
pub fn socket_pair() -> Result<(OwnedFd, OwnedFd), KernelError> {
    use rustix::net::{AddressFamily, SocketFlags, SocketType, socketpair};
    socketpair(AddressFamily::UNIX, SocketType::STREAM, SocketFlags::CLOEXEC, None).at(Step::CreatePipe)
}

/// Reads received bytes from a stream of [`socket_pair`], with the descriptors sent along.
pub fn read_with_fds(stream: impl AsFd, bytes: &mut [u8]) -> rustix::io::Result<(usize, Vec<OwnedFd>)> {
    use rustix::net::{RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, recvmsg};
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut control = RecvAncillaryBuffer::new(&mut space);
    let read = recvmsg(stream, &mut [IoSliceMut::new(bytes)], &mut control, RecvFlags::CMSG_CLOEXEC)?;
    let fds = control.drain().filter_map(|message| match message {
        RecvAncillaryMessage::ScmRights(fds) => Some(fds),
        _ => None,
    });
    Ok((read.bytes, fds.flatten().collect()))
}

/// A pipe into the sandbox, likewise.
pub fn input_pipe(identity: &Identity) -> Result<(OwnedFd, OwnedFd), KernelError> {
    let (reader, writer) = guest_pipe(identity)?;
    rustix::io::ioctl_fionbio(&writer, true).at(Step::CreatePipe)?;
    Ok((writer, reader))
}

fn guest_pipe(identity: &Identity) -> Result<(OwnedFd, OwnedFd), KernelError> {
    identity.as_guest(|| pipe_with(PipeFlags::CLOEXEC)).at(Step::CreatePipe)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(fd: &OwnedFd, offset: u64, length: u64) -> Vec<u8> {
        let mut bytes = Vec::new();
        let read = read_chunks(fd, offset, length, |piece| {
            bytes.extend_from_slice(piece);
            Ok(())
        });
        assert_eq!(read.expect("read"), bytes.len() as u64);
        bytes
    }

    #[test]
    fn sealed_bytes_read_back_and_cannot_be_written() {
        let fd = sealed_memfd([b"the ".as_slice(), b"input"]).expect("memfd");
        assert_eq!(read(&fd, 0, 1024), b"the input");
        assert_eq!(read(&fd, 4, 2), b"in");
        assert!(rustix::io::write(&fd, b"x").is_err());
        let path = format!("/proc/self/fd/{}", fd.as_raw_fd());
        let reopened = open(path, OFlags::RDWR, Mode::empty());
        assert!(reopened.is_err() || rustix::io::write(reopened.expect("open"), b"x").is_err());
    }
}
