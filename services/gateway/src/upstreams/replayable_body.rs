//! Replayable body: a request body that can be sent again while its sent part is small.

use std::{
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
};

use axum::body::Body;
use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};

/// Maximum size of the buffered part; a larger body cannot be sent again.
const MAX_BUFFERED: usize = 256 * 1024;

/// A request body that can be sent several times, one after the other.
pub(super) struct ReplayableBody(Arc<Mutex<BodySource>>);

struct BodySource {
    rest: Body,
    /// The part that was read, while it is small.
    buffered: Option<Vec<Bytes>>,
    bytes: usize,
}

/// One transmission of the body.
pub(super) struct BodyReplay {
    source: Arc<Mutex<BodySource>>,
    /// Number of buffered pieces sent in this transmission.
    sent: usize,
    hint: SizeHint,
}

impl ReplayableBody {
    pub(super) fn new(body: Body) -> Self {
        Self(Arc::new(Mutex::new(BodySource { rest: body, buffered: Some(Vec::new()), bytes: 0 })))
    }

    /// The body from its beginning; `None` if a part is no longer buffered.
    pub(super) fn replay(&self) -> Option<BodyReplay> {
        let source = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let buffered = u64::try_from(source.buffered.as_ref().map(|_| source.bytes)?).ok()?;
        let rest = source.rest.size_hint();
        let mut hint = SizeHint::new();
        hint.set_lower(rest.lower() + buffered);
        if let Some(upper) = rest.upper() {
            hint.set_upper(upper + buffered);
        }
        Some(BodyReplay { source: self.0.clone(), sent: 0, hint })
    }
}

impl BodySource {
    fn buffer(&mut self, piece: &Bytes) {
        self.bytes += piece.len();
        if self.bytes > MAX_BUFFERED {
            self.buffered = None;
        }
        if let Some(buffered) = &mut self.buffered {
            buffered.push(piece.clone());
        }
    }
}

impl HttpBody for BodyReplay {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let this = self.get_mut();
        let mut source = this.source.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(piece) = source.buffered.as_ref().and_then(|buffered| buffered.get(this.sent)).cloned() {
            this.sent += 1;
            return Poll::Ready(Some(Ok(Frame::data(piece))));
        }
        let polled = Pin::new(&mut source.rest).poll_frame(context);
        if let Poll::Ready(Some(Ok(frame))) = &polled
            && let Some(piece) = frame.data_ref()
        {
            source.buffer(piece);
            this.sent += 1;
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        let source = self.source.lock().unwrap_or_else(PoisonError::into_inner);
        source.buffered.as_ref().is_none_or(|buffered| buffered.len() == self.sent)
            && source.rest.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.hint
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt as _;

    use super::*;

    fn of(pieces: &[&'static [u8]]) -> ReplayableBody {
        let pieces: Vec<_> =
            pieces.iter().map(|piece| Ok::<_, std::io::Error>(Bytes::from_static(piece))).collect();
        ReplayableBody::new(Body::from_stream(futures_util::stream::iter(pieces)))
    }

    async fn all(body: BodyReplay) -> Vec<u8> {
        body.collect().await.expect("reads").to_bytes().to_vec()
    }

    #[tokio::test]
    async fn a_partially_sent_body_can_be_replayed() {
        let replay = of(&[b"one ", b"two ", b"three"]);
        let mut first = replay.replay().expect("nothing is gone");
        let piece = first.frame().await.expect("a piece").expect("reads").into_data().expect("data");
        assert_eq!(piece, "one ");
        drop(first);
        assert_eq!(all(replay.replay().expect("little is gone")).await, b"one two three");
        assert_eq!(all(replay.replay().expect("little is gone")).await, b"one two three");
    }

    #[tokio::test]
    async fn a_large_body_is_sent_once() {
        let large = ReplayableBody::new(Body::from(vec![7; MAX_BUFFERED + 1]));
        let once = large.replay().expect("nothing is gone");
        assert_eq!(once.size_hint().exact(), Some(MAX_BUFFERED as u64 + 1));
        assert_eq!(all(once).await.len(), MAX_BUFFERED + 1);
        assert!(large.replay().is_none());
    }
}
