//! A request's body, which can be sent once more if what was sent of it is little.

use std::{
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
};

use axum::body::Body;
use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};

/// More is not kept: a request that has sent more cannot be sent again.
const MOST_KEPT: usize = 256 * 1024;

/// The body of a request that may be sent several times, one after the other.
pub(super) struct Replay(Arc<Mutex<Source>>);

struct Source {
    rest: Body,
    /// What was read of it, as long as that is little.
    kept: Option<Vec<Bytes>>,
    bytes: usize,
}

/// The body as it is sent once.
pub(super) struct Replayed {
    source: Arc<Mutex<Source>>,
    /// How many of the kept pieces have been sent this time.
    sent: usize,
    hint: SizeHint,
}

impl Replay {
    pub(super) fn new(body: Body) -> Self {
        Self(Arc::new(Mutex::new(Source { rest: body, kept: Some(Vec::new()), bytes: 0 })))
    }

    /// The body, to be sent from its beginning; none where too much of it is gone.
    pub(super) fn again(&self) -> Option<Replayed> {
        let source = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = u64::try_from(source.kept.as_ref().map(|_| source.bytes)?).ok()?;
        let rest = source.rest.size_hint();
        let mut hint = SizeHint::new();
        hint.set_lower(rest.lower() + kept);
        if let Some(upper) = rest.upper() {
            hint.set_upper(upper + kept);
        }
        Some(Replayed { source: self.0.clone(), sent: 0, hint })
    }
}

impl Source {
    fn keep(&mut self, piece: &Bytes) {
        self.bytes += piece.len();
        if self.bytes > MOST_KEPT {
            self.kept = None;
        }
        if let Some(kept) = &mut self.kept {
            kept.push(piece.clone());
        }
    }
}

impl HttpBody for Replayed {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let this = self.get_mut();
        let mut source = this.source.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(piece) = source.kept.as_ref().and_then(|kept| kept.get(this.sent)).cloned() {
            this.sent += 1;
            return Poll::Ready(Some(Ok(Frame::data(piece))));
        }
        let polled = Pin::new(&mut source.rest).poll_frame(context);
        if let Poll::Ready(Some(Ok(frame))) = &polled
            && let Some(piece) = frame.data_ref()
        {
            source.keep(piece);
            this.sent += 1;
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        let source = self.source.lock().unwrap_or_else(PoisonError::into_inner);
        source.kept.as_ref().is_none_or(|kept| kept.len() == self.sent) && source.rest.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.hint
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt as _;

    use super::*;

    fn of(pieces: &[&'static [u8]]) -> Replay {
        let pieces: Vec<_> =
            pieces.iter().map(|piece| Ok::<_, std::io::Error>(Bytes::from_static(piece))).collect();
        Replay::new(Body::from_stream(futures_util::stream::iter(pieces)))
    }

    async fn all(body: Replayed) -> Vec<u8> {
        body.collect().await.expect("reads").to_bytes().to_vec()
    }

    #[tokio::test]
    async fn what_was_sent_in_part_can_be_sent_again_from_the_beginning() {
        let replay = of(&[b"one ", b"two ", b"three"]);
        let mut first = replay.again().expect("nothing is gone");
        let piece = first.frame().await.expect("a piece").expect("reads").into_data().expect("data");
        assert_eq!(piece, "one ");
        drop(first);
        assert_eq!(all(replay.again().expect("little is gone")).await, b"one two three");
        assert_eq!(all(replay.again().expect("little is gone")).await, b"one two three");
    }

    #[tokio::test]
    async fn what_is_too_much_to_keep_is_sent_once() {
        let large = Replay::new(Body::from(vec![7; MOST_KEPT + 1]));
        let once = large.again().expect("nothing is gone");
        assert_eq!(once.size_hint().exact(), Some(MOST_KEPT as u64 + 1));
        assert_eq!(all(once).await.len(), MOST_KEPT + 1);
        assert!(large.again().is_none());
    }
}
