//! Timed body: a request body with a timeout.

use std::{
    future::Future as _,
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use tokio::time::{Instant, Sleep, sleep_until};

use super::{connection::Connections, metrics::TimeoutKind};

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Ends with an error of kind [`io::ErrorKind::TimedOut`] after the timeout.
pub(crate) struct TimedBody {
    body: Incoming,
    until: Instant,
    /// Created with the first wait.
    timer: Option<Pin<Box<Sleep>>>,
    connections: Arc<Connections>,
}

impl TimedBody {
    pub(crate) fn new(body: Incoming, connections: Arc<Connections>) -> Self {
        let until = Instant::now() + connections.settings().body;
        Self { body, until, timer: None, connections }
    }
}

impl Body for TimedBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(context) {
            return Poll::Ready(frame.map(|frame| frame.map_err(Into::into)));
        }
        let until = self.until;
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(until)));
        ready!(timer.as_mut().poll(context));
        self.connections.metrics().timed_out(TimeoutKind::Body);
        let late = io::Error::new(io::ErrorKind::TimedOut, "the body took too long");
        Poll::Ready(Some(Err(late.into())))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
