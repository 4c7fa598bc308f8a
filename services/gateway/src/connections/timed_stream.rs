//! Timed stream: a connection's byte stream that fails when its client exceeds a timeout.
//!
//! One timer serves all waits. It is reset only when it fires too early or must fire earlier, so a request on a
//! busy connection does not touch it.

use std::{
    future::Future as _,
    io::{self, IoSlice},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::{Instant, Sleep, sleep_until},
};

use super::{connection::Connection, metrics::TimeoutKind, settings::ConnectionSettings};

pub(crate) struct TimedStream {
    stream: TcpStream,
    connection: Arc<Connection>,
    /// The current wait between requests, with its deadline.
    idle_deadline: Option<(TimeoutKind, Instant)>,
    /// Deadline for the client to read, while a response is blocked.
    write_deadline: Option<Instant>,
    /// Time of the last progress of writing.
    last_write: Instant,
    timer: Option<Pin<Box<Sleep>>>,
}

impl TimedStream {
    pub(crate) fn new(stream: TcpStream, connection: Arc<Connection>) -> Self {
        let now = Instant::now();
        let idle_deadline = Some((TimeoutKind::Head, now + connection.connections().settings().head));
        Self { stream, connection, idle_deadline, write_deadline: None, last_write: now, timer: None }
    }

    fn settings(&self) -> &ConnectionSettings {
        self.connection.connections().settings()
    }

    /// Starts the wait for a request's head, after its first bytes.
    fn begin_head(&mut self) {
        if !matches!(self.idle_deadline, Some((TimeoutKind::Head, _))) {
            self.idle_deadline = Some((TimeoutKind::Head, Instant::now() + self.settings().head));
        }
    }

    fn poll_wait(&mut self, context: &mut Context<'_>) -> Poll<io::Error> {
        let idle = self.settings().idle;
        // A slow reader of a long response is not idle.
        if self.connection.is_serving() || self.write_deadline.is_some() {
            self.idle_deadline = None;
            // This timer wakes the task after the response, because no read is pending then.
            let _not_yet = self.poll_timer(context, Instant::now() + idle);
            return Poll::Pending;
        }
        let since = self.last_write;
        let (awaited, until) = *self.idle_deadline.get_or_insert((TimeoutKind::Request, since + idle));
        self.poll_timer(context, until).map(|()| self.timeout_error(awaited))
    }

    fn poll_blocked(&mut self, context: &mut Context<'_>) -> Poll<io::Error> {
        let write = self.settings().write;
        let until = *self.write_deadline.get_or_insert_with(|| Instant::now() + write);
        self.poll_timer(context, until).map(|()| self.timeout_error(TimeoutKind::Reader))
    }

    /// Ready after the deadline.
    fn poll_timer(&mut self, context: &mut Context<'_>, until: Instant) -> Poll<()> {
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(until)));
        if timer.deadline() > until {
            timer.as_mut().reset(until);
        }
        loop {
            ready!(timer.as_mut().poll(context));
            if Instant::now() >= until {
                return Poll::Ready(());
            }
            // It was set for an earlier wait.
            timer.as_mut().reset(until);
        }
    }

    fn timeout_error(&self, awaited: TimeoutKind) -> io::Error {
        self.connection.connections().metrics().timed_out(awaited);
        io::Error::new(io::ErrorKind::TimedOut, "the client kept the server waiting")
    }

    fn poll_written(
        &mut self,
        context: &mut Context<'_>,
        written: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        if written.is_pending() {
            return self.poll_blocked(context).map(Err);
        }
        self.write_deadline = None;
        self.last_write = Instant::now();
        if matches!(self.idle_deadline, Some((TimeoutKind::Request, _))) {
            self.idle_deadline = None;
        }
        written
    }
}

impl AsyncRead for TimedStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        if read.is_pending() {
            return self.poll_wait(context).map(Err);
        }
        if buffer.filled().len() > before && !self.connection.is_serving() {
            self.begin_head();
        }
        read
    }
}

impl AsyncWrite for TimedStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.poll_written(context, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.poll_written(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
