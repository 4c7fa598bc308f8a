//! A connection's stream of bytes, which ends with an error where its client keeps us waiting too long.
//!
//! One timer serves all waits. It is set again only when it fires before its time or is to fire sooner, so that a request on a
//! busy connection costs no change of it.

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

use super::{Connection, ConnectionSettings, metrics::Awaited};

pub(crate) struct TimedStream {
    stream: TcpStream,
    connection: Arc<Connection>,
    /// What is waited for while no request is being answered, and until when.
    waiting: Option<(Awaited, Instant)>,
    /// Until when the client has to take something, while an answer waits for it.
    blocked: Option<Instant>,
    /// When it last took something.
    written: Instant,
    timer: Option<Pin<Box<Sleep>>>,
}

impl TimedStream {
    pub(crate) fn new(stream: TcpStream, connection: Arc<Connection>) -> Self {
        let now = Instant::now();
        let waiting = Some((Awaited::Head, now + connection.connections.settings.head));
        Self { stream, connection, waiting, blocked: None, written: now, timer: None }
    }

    fn settings(&self) -> &ConnectionSettings {
        &self.connection.connections.settings
    }

    /// Bytes have come between two requests: the next one begins.
    fn begin_head(&mut self) {
        if !matches!(self.waiting, Some((Awaited::Head, _))) {
            self.waiting = Some((Awaited::Head, Instant::now() + self.settings().head));
        }
    }

    fn poll_wait(&mut self, context: &mut Context<'_>) -> Poll<io::Error> {
        let idle = self.settings().idle;
        // A slow reader of a long answer is not idle.
        if self.connection.is_serving() || self.blocked.is_some() {
            self.waiting = None;
            // Nobody reads again when the answer is over, unless something wakes them.
            let _not_yet = self.poll_timer(context, Instant::now() + idle);
            return Poll::Pending;
        }
        let since = self.written;
        let (awaited, until) = *self.waiting.get_or_insert((Awaited::Request, since + idle));
        self.poll_timer(context, until).map(|()| self.late(awaited))
    }

    fn poll_blocked(&mut self, context: &mut Context<'_>) -> Poll<io::Error> {
        let write = self.settings().write;
        let until = *self.blocked.get_or_insert_with(|| Instant::now() + write);
        self.poll_timer(context, until).map(|()| self.late(Awaited::Reader))
    }

    /// Ready once that moment has passed.
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
            // It was set for an earlier wait, which is over.
            timer.as_mut().reset(until);
        }
    }

    fn late(&self, awaited: Awaited) -> io::Error {
        self.connection.connections.metrics.timed_out(awaited);
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
        self.blocked = None;
        self.written = Instant::now();
        if matches!(self.waiting, Some((Awaited::Request, _))) {
            self.waiting = None;
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
