//! What a program writes, kept up to a cap.

use std::{io, os::fd::OwnedFd};

use model::{Bytes, Stream, Transcript};
use tokio::{io::AsyncReadExt, net::unix::pipe::Receiver};

/// Reads both streams of a run. Past its cap a stream is still drained, so that a writer never blocks us, but not kept.
pub(crate) struct Capture {
    stdout: Source,
    stderr: Source,
    pub(crate) transcript: Transcript,
}

struct Source {
    pipe: Option<Receiver>,
    buffer: Vec<u8>,
    room: usize,
    truncated: bool,
}

/// A piece that arrived.
pub(crate) struct Piece {
    pub(crate) stream: Stream,
    /// What fitted below the cap.
    pub(crate) kept: Vec<u8>,
    /// Whether some did not.
    pub(crate) overrun: bool,
}

/// The capacity of a pipe: more than this cannot wait in it.
const BUFFER: usize = 64 * 1024;

impl Capture {
    pub(crate) fn new(fds: Vec<OwnedFd>, cap: Bytes) -> io::Result<Option<Self>> {
        let Ok([stdout, stderr]) = <[OwnedFd; 2]>::try_from(fds) else { return Ok(None) };
        let source = |fd| {
            let pipe = Some(Receiver::from_owned_fd(fd)?);
            Ok::<_, io::Error>(Source {
                pipe,
                buffer: vec![0; BUFFER],
                room: cap.as_usize(),
                truncated: false,
            })
        };
        Ok(Some(Self { stdout: source(stdout)?, stderr: source(stderr)?, transcript: Transcript::default() }))
    }

    /// Whether something can still come.
    pub(crate) const fn is_open(&self) -> bool {
        self.stdout.pipe.is_some() || self.stderr.pipe.is_some()
    }

    pub(crate) const fn truncated(&self, stream: Stream) -> bool {
        match stream {
            Stream::Stdout => self.stdout.truncated,
            Stream::Stderr => self.stderr.truncated,
        }
    }

    /// Waits for the next piece of either stream; `None` when one of them ended. Cancel-safe.
    pub(crate) async fn next(&mut self) -> io::Result<Option<Piece>> {
        let (stream, read) = tokio::select! {
            read = self.stdout.read() => (Stream::Stdout, read?),
            read = self.stderr.read() => (Stream::Stderr, read?),
        };
        let source = match stream {
            Stream::Stdout => &mut self.stdout,
            Stream::Stderr => &mut self.stderr,
        };
        if read == 0 {
            source.pipe = None;
            return Ok(None);
        }
        let kept = source.buffer[..read.min(source.room)].to_vec();
        source.room -= kept.len();
        let overrun = kept.len() < read;
        source.truncated |= overrun;
        self.transcript.push(stream, &kept);
        Ok(Some(Piece { stream, kept, overrun }))
    }
}

impl Source {
    async fn read(&mut self) -> io::Result<usize> {
        match &mut self.pipe {
            Some(pipe) => pipe.read(&mut self.buffer).await,
            None => std::future::pending().await,
        }
    }
}
