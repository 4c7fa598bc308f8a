//! Capture of both output streams of a run: passed on up to the limit, kept up to a cap.

use std::{collections::VecDeque, io, os::fd::OwnedFd, sync::Arc, time::Instant};

use kernel::Terminal;
use model::{Bytes, ErrorOutput, Picture, PictureLimits, Stream, Transcript};
use tokio::{io::AsyncReadExt, net::unix::pipe::Receiver};

use crate::{
    picture_filter::{PictureFilter, StreamPart},
    utf8::Utf8Boundary,
};

/// Captures both streams of a run. Beyond its limit a stream is still drained, so that the writer never blocks, but neither
/// passed on nor kept.
pub(crate) struct Capture {
    stdout: CapturedStream,
    stderr: CapturedStream,
    transcript: Transcript,
    error_output: ErrorOutput,
    /// Filter of standard output, if pictures are taken out of it.
    filter: Option<PictureFilter>,
    /// Parts of standard output that have been read and not yet returned.
    pending: VecDeque<StreamPart>,
}

/// Completeness of the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Completeness {
    /// The program ended by itself.
    Complete,
    /// The program was stopped while it could write.
    CutOff,
}

/// Limits of each stream.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CaptureLimits {
    /// Bytes that may be written.
    pub(crate) limit: Bytes,
    /// Bytes that are kept in the transcript.
    pub(crate) max_kept: Bytes,
    /// Effect of exceeding the limit on standard error.
    pub(crate) error_output: ErrorOutput,
    /// Limits of pictures, if they are taken out of standard output.
    pub(crate) pictures: Option<PictureLimits>,
}

struct CapturedStream {
    source: OutputSource,
    buffer: Vec<u8>,
    /// Bytes that may still be written, and bytes that may still be kept.
    limit_left: usize,
    kept_left: usize,
    truncated: bool,
    decoder: Utf8Boundary,
}

/// Source of a stream.
enum OutputSource {
    /// Ended or absent.
    Closed,
    Pipe(Receiver),
    Terminal(Arc<Terminal>),
}

/// What was read.
pub(crate) enum CapturedPart {
    /// Output.
    Output(OutputChunk),
    /// A picture, which is not output.
    Picture(Picture),
}

/// A chunk of output.
pub(crate) struct OutputChunk {
    pub(crate) stream: Stream,
    /// The part within the limit.
    pub(crate) bytes: Vec<u8>,
    /// Whether the chunk exceeded the limit.
    pub(crate) overrun: bool,
}

/// Size of the read buffer: the capacity of a pipe.
const BUFFER_BYTES: usize = 64 * 1024;

impl Capture {
    pub(crate) fn new(fds: Vec<OwnedFd>, caps: CaptureLimits) -> io::Result<Option<Self>> {
        let Ok([stdout, stderr]) = <[OwnedFd; 2]>::try_from(fds) else { return Ok(None) };
        let source = |fd| {
            Ok::<_, io::Error>(CapturedStream::new(OutputSource::Pipe(Receiver::from_owned_fd(fd)?), caps))
        };
        Ok(Some(Self::of_streams(source(stdout)?, source(stderr)?, caps)))
    }

    /// Captures a terminal, whose single stream counts as standard output.
    pub(crate) fn of_terminal(terminal: Arc<Terminal>, caps: CaptureLimits) -> Self {
        let stdout = CapturedStream::new(OutputSource::Terminal(terminal), caps);
        Self::of_streams(stdout, CapturedStream::new(OutputSource::Closed, caps), caps)
    }

    fn of_streams(stdout: CapturedStream, stderr: CapturedStream, caps: CaptureLimits) -> Self {
        Self {
            stdout,
            stderr,
            transcript: Transcript::default(),
            error_output: caps.error_output,
            filter: caps.pictures.map(PictureFilter::new),
            pending: VecDeque::new(),
        }
    }

    /// Whether a stream is open, or something that was read is still to be returned.
    pub(crate) fn is_open(&self) -> bool {
        self.stdout.is_open() || self.stderr.is_open() || !self.pending.is_empty()
    }

    /// Whether this stream is open.
    pub(crate) const fn is_open_on(&self, stream: Stream) -> bool {
        match stream {
            Stream::Stdout => self.stdout.is_open(),
            Stream::Stderr => self.stderr.is_open(),
        }
    }

    /// Whether standard output is a pipe that is open and has nothing in it.
    pub(crate) fn is_stdout_drained(&self) -> bool {
        match &self.stdout.source {
            OutputSource::Pipe(pipe) => rustix::io::ioctl_fionread(pipe).is_ok_and(|unread| unread == 0),
            OutputSource::Closed | OutputSource::Terminal(_) => false,
        }
    }

    /// Closes standard output: the writer gets a broken pipe.
    pub(crate) fn close_stdout(&mut self) {
        self.stdout.source = OutputSource::Closed;
    }

    pub(crate) const fn truncated(&self, stream: Stream) -> bool {
        match stream {
            Stream::Stdout => self.stdout.truncated,
            Stream::Stderr => self.stderr.truncated,
        }
    }

    /// Waits for the next part of either stream; `None` when one of them ended. Cancel-safe.
    pub(crate) async fn next(&mut self) -> io::Result<Option<CapturedPart>> {
        loop {
            if let Some(part) = self.pending.pop_front() {
                return Ok(Some(self.account_part(part)));
            }
            let (stream, read) = tokio::select! {
                read = self.stdout.read() => (Stream::Stdout, read?),
                read = self.stderr.read() => (Stream::Stderr, read?),
            };
            if read == 0 {
                self.close(stream);
                return Ok(None);
            }
            let bytes = self.source(stream).buffer[..read].to_vec();
            match &mut self.filter {
                Some(filter) if stream == Stream::Stdout => {
                    self.pending.extend(filter.push(&bytes, Instant::now()));
                }
                Some(_) | None => return Ok(Some(CapturedPart::Output(self.account(stream, bytes)))),
            }
        }
    }

    const fn source(&mut self, stream: Stream) -> &mut CapturedStream {
        match stream {
            Stream::Stdout => &mut self.stdout,
            Stream::Stderr => &mut self.stderr,
        }
    }

    fn close(&mut self, stream: Stream) {
        self.source(stream).source = OutputSource::Closed;
        if stream == Stream::Stdout {
            let rest = self.filter.as_mut().map(PictureFilter::finish).filter(|rest| !rest.is_empty());
            self.pending.extend(rest.map(StreamPart::Output));
        }
    }

    fn account_part(&mut self, part: StreamPart) -> CapturedPart {
        match part {
            StreamPart::Output(bytes) => CapturedPart::Output(self.account(Stream::Stdout, bytes)),
            StreamPart::Picture(picture) => CapturedPart::Picture(picture),
            StreamPart::Dropped(size) => {
                let overrun = size > self.stdout.limit_left;
                self.stdout.limit_left = self.stdout.limit_left.saturating_sub(size);
                CapturedPart::Output(OutputChunk { stream: Stream::Stdout, bytes: Vec::new(), overrun })
            }
        }
    }

    /// Counts output against its limits, and keeps it.
    fn account(&mut self, stream: Stream, mut bytes: Vec<u8>) -> OutputChunk {
        let is_dropped = stream == Stream::Stderr && self.error_output == ErrorOutput::Dropped;
        let source = match stream {
            Stream::Stdout => &mut self.stdout,
            Stream::Stderr => &mut self.stderr,
        };
        let read = bytes.len();
        bytes.truncate(source.limit_left);
        source.limit_left -= bytes.len();
        let kept = &bytes[..bytes.len().min(source.kept_left)];
        source.kept_left -= kept.len();
        let overrun = bytes.len() < read && !is_dropped;
        source.truncated |= kept.len() < read;
        self.transcript.push(stream, &source.decoder.push(kept));
        OutputChunk { stream, bytes, overrun }
    }

    /// The kept output. A character that was cut by a cap or by stopping the program is removed; one that the program left
    /// incomplete is kept.
    pub(crate) fn into_transcript(mut self, written: Completeness) -> Transcript {
        for (stream, source) in [(Stream::Stdout, &mut self.stdout), (Stream::Stderr, &mut self.stderr)] {
            if written == Completeness::Complete && !source.truncated {
                self.transcript.push(stream, &source.decoder.finish());
            }
        }
        self.transcript
    }
}

impl CapturedStream {
    fn new(way: OutputSource, caps: CaptureLimits) -> Self {
        let buffer = if matches!(way, OutputSource::Closed) { Vec::new() } else { vec![0; BUFFER_BYTES] };
        let (allowed, room) = (caps.limit.as_usize(), caps.max_kept.as_usize());
        Self {
            source: way,
            buffer,
            limit_left: allowed,
            kept_left: room,
            truncated: false,
            decoder: Utf8Boundary::default(),
        }
    }

    const fn is_open(&self) -> bool {
        !matches!(self.source, OutputSource::Closed)
    }

    async fn read(&mut self) -> io::Result<usize> {
        match &mut self.source {
            OutputSource::Pipe(pipe) => pipe.read(&mut self.buffer).await,
            OutputSource::Terminal(terminal) => terminal.read(&mut self.buffer).await,
            OutputSource::Closed => std::future::pending().await,
        }
    }
}
