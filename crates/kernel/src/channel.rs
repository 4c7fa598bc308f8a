//! Channel: typed messages with file descriptors between worker, launcher and init, over `SOCK_SEQPACKET`.
//!
//! A message is one postcard-encoded value. A reader reports anything else as an error.

use std::{
    io::{IoSlice, IoSliceMut},
    mem::MaybeUninit,
    os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd},
};

use rustix::{
    io::Errno,
    net::{
        AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
        SendAncillaryMessage, SendFlags, SocketFlags, SocketType, recv, recvmsg, sendmsg, socketpair,
    },
};
use serde::{Serialize, de::DeserializeOwned};
use tokio::io::unix::AsyncFd;

use crate::{KernelError, Step, StepContext};

/// The largest message, in bytes; below the smallest default socket buffer of supported kernels.
pub const MAX_MESSAGE: usize = 128 * 1024;

/// Maximum number of descriptors in one message.
pub const MAX_FDS: usize = 9;

/// A message and the descriptors that came with it.
pub type MessageWithFds<M> = (M, Vec<OwnedFd>);

/// One end of a connection between two of our processes.
#[derive(Debug)]
pub struct Channel {
    socket: OwnedFd,
}

impl Channel {
    /// A connected pair; both ends close on exec.
    pub fn pair() -> Result<(Self, Self), KernelError> {
        let (left, right) =
            socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None)
                .at(Step::SendMessage)?;
        Ok((Self { socket: left }, Self { socket: right }))
    }

    /// The channel over this socket.
    pub const fn from_fd(socket: OwnedFd) -> Self {
        Self { socket }
    }

    /// Takes the socket out.
    pub fn into_fd(self) -> OwnedFd {
        self.socket
    }

    /// The channel, registered with the current tokio runtime.
    pub fn into_async(self) -> Result<AsyncFd<Self>, KernelError> {
        // SAFETY: the channel owns its one socket, which stays open and the same until the channel is dropped.
        unsafe { AsyncFd::register(self) }.map_err(std::io::Error::from).at(Step::ReceiveMessage)
    }

    /// Sends one message with its descriptors.
    pub fn send<M: Serialize>(&self, message: &M, fds: &[BorrowedFd<'_>]) -> Result<(), KernelError> {
        let bytes = postcard::to_stdvec(message)
            .ok()
            .filter(|bytes| bytes.len() <= MAX_MESSAGE)
            .ok_or(KernelError { step: Step::SendMessage, errno: libc::EMSGSIZE })?;
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MAX_FDS))];
        let mut control = SendAncillaryBuffer::new(&mut space);
        if !fds.is_empty() && !control.push(SendAncillaryMessage::ScmRights(fds)) {
            return Err(KernelError { step: Step::SendMessage, errno: libc::EMSGSIZE });
        }
        sendmsg(&self.socket, &[IoSlice::new(&bytes)], &mut control, SendFlags::NOSIGNAL)
            .at(Step::SendMessage)?;
        Ok(())
    }

    /// Waits for one message. `None` if the other end is closed.
    pub fn receive<M: DeserializeOwned>(&self) -> Result<Option<MessageWithFds<M>>, KernelError> {
        self.receive_with(RecvFlags::CMSG_CLOEXEC)
    }

    /// Receives a pending message; `errno` is `EAGAIN` if there is none.
    pub fn try_receive<M: DeserializeOwned>(&self) -> Result<Option<MessageWithFds<M>>, KernelError> {
        self.receive_with(RecvFlags::CMSG_CLOEXEC | RecvFlags::DONTWAIT)
    }

    fn receive_with<M: DeserializeOwned>(
        &self,
        flags: RecvFlags,
    ) -> Result<Option<MessageWithFds<M>>, KernelError> {
        // The datagram's length first: most are tiny, and clearing a buffer for the largest one each time would be
        // expensive.
        let peek = (flags - RecvFlags::CMSG_CLOEXEC) | RecvFlags::PEEK | RecvFlags::TRUNC;
        let length =
            match retry_interrupted(|| recv(&self.socket, &mut [0u8; 1], peek).map(|(_, length)| length)) {
                // A peer that died with unread messages resets the connection, which is the same as a closed end.
                Ok(0) | Err(Errno::CONNRESET) => return Ok(None),
                other => other.at(Step::ReceiveMessage)?,
            };
        // A message that is too long is received truncated, which makes room for the next one; the check is below.
        let mut bytes = vec![0; length.min(MAX_MESSAGE)];
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MAX_FDS))];
        let mut control = RecvAncillaryBuffer::new(&mut space);
        retry_interrupted(|| recvmsg(&self.socket, &mut [IoSliceMut::new(&mut bytes)], &mut control, flags))
            .at(Step::ReceiveMessage)?;
        let fds = control
            .drain()
            .filter_map(|message| match message {
                RecvAncillaryMessage::ScmRights(fds) => Some(fds),
                _ => None,
            })
            .flatten()
            .collect();
        match postcard::take_from_bytes(&bytes) {
            Ok((message, [])) if length <= MAX_MESSAGE => Ok(Some((message, fds))),
            Ok(_) | Err(_) => Err(KernelError { step: Step::DecodeMessage, errno: libc::EBADMSG }),
        }
    }
}

fn retry_interrupted<T>(mut call: impl FnMut() -> rustix::io::Result<T>) -> rustix::io::Result<T> {
    loop {
        match call() {
            Err(Errno::INTR) => {}
            other => return other,
        }
    }
}

impl AsRawFd for Channel {
    fn as_raw_fd(&self) -> RawFd {
        self.socket.as_raw_fd()
    }
}

impl AsFd for Channel {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_arrives_whole_with_its_descriptors() {
        let (left, right) = Channel::pair().expect("pair");
        left.send(&("hello".to_owned(), 7u32), &[std::io::stdin().as_fd()]).expect("send");
        let ((text, number), fds) = right.receive::<(String, u32)>().expect("receive").expect("open");
        assert_eq!((text.as_str(), number, fds.len()), ("hello", 7, 1));
    }

    #[test]
    fn a_closed_peer_is_none_and_garbage_is_an_error() {
        let (left, right) = Channel::pair().expect("pair");
        left.send(&200u8, &[]).expect("send");
        let garbage = right.receive::<String>().expect_err("200 is no length of a following text");
        assert_eq!(garbage.step, Step::DecodeMessage);
        drop(left);
        assert!(right.receive::<String>().expect("receive").is_none());
    }

    fn send_and_receive(bytes: &[u8]) -> Result<u8, KernelError> {
        let (left, right) = Channel::pair().expect("pair");
        rustix::net::send(&left, bytes, SendFlags::NOSIGNAL).expect("send");
        right.receive::<u8>().map(|received| received.expect("open").0)
    }

    #[test]
    fn bytes_after_a_message_were_ignored() {
        assert_eq!(send_and_receive(&[7]), Ok(7));
        assert_eq!(send_and_receive(&[7, 0]).expect_err("two").step, Step::DecodeMessage);
    }

    #[test]
    fn a_message_over_the_cap_was_cut_off_and_believed() {
        let (left, right) = Channel::pair().expect("pair");
        // A list whose encoding ends at the cap, followed by more bytes.
        let mut long = postcard::to_stdvec(&vec![1u8; MAX_MESSAGE - 3]).expect("a list");
        assert_eq!(long.len(), MAX_MESSAGE);
        long.push(1);
        rustix::net::send(&left, &long, SendFlags::NOSIGNAL).expect("send");
        assert_eq!(right.receive::<Vec<u8>>().expect_err("cut off").step, Step::DecodeMessage);
    }

    #[test]
    fn a_message_over_the_cap_is_refused_before_it_is_sent() {
        let (left, _right) = Channel::pair().expect("pair");
        let error = left.send(&vec![1u8; MAX_MESSAGE + 1], &[]).expect_err("too long");
        assert_eq!(error.errno, libc::EMSGSIZE);
    }
}
