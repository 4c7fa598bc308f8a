//! Output forwarder: connects the standard output of one program to the input of another, in a second sandbox.

use std::{pin::Pin, time::Duration};

use tokio::time::{Instant, sleep_until};

use crate::live::{InputMessage, InputSender, OnReaderGone};

/// The way from a program's standard output to another's input.
pub(crate) struct OutputForwarder {
    /// Nobody, or nobody any more.
    receiver: Option<InputSender>,
    on_reader_gone: OnReaderGone,
    pending: Option<Pin<Box<dyn Future<Output = bool> + Send>>>,
    /// When the other is told that nothing more comes.
    close_at: Option<Instant>,
}

/// How long after the end of its output a program may be found to have ended. A program that dies closes its output first; the
/// other, told of that at once, might be seen to end before it.
const EXIT_GRACE: Duration = Duration::from_millis(100);

impl OutputForwarder {
    pub(crate) fn new(to: Option<(InputSender, OnReaderGone)>) -> Self {
        let (to, unheard) = to.map_or((None, OnReaderGone::Discard), |(to, unheard)| (Some(to), unheard));
        Self { receiver: to, on_reader_gone: unheard, pending: None, close_at: None }
    }

    /// Whether everything has been said; before that nothing more is to be read.
    pub(crate) const fn is_idle(&self) -> bool {
        self.pending.is_none()
    }

    /// Begins to say it.
    pub(crate) fn forward(&mut self, bytes: Vec<u8>) {
        if let Some(teller) = self.receiver.clone() {
            self.pending = Some(Box::pin(async move { teller.send(InputMessage::Stdin(bytes)).await }));
        }
    }

    /// Waits until what is being said has been said, or the other has been told of the end; false if nobody was there to hear
    /// and the program is to know. Cancel-safe; for ever, while there is neither.
    pub(crate) async fn advance(&mut self) -> bool {
        if let Some(saying) = &mut self.pending {
            let heard = saying.await;
            self.pending = None;
            if !heard {
                self.receiver = None;
            }
            return heard || self.on_reader_gone == OnReaderGone::Discard;
        }
        match (self.close_at, &self.receiver) {
            (Some(at), Some(_)) => sleep_until(at).await,
            _ => std::future::pending().await,
        }
        self.receiver = None;
        true
    }

    /// There is nothing more to say. The other is told soon; and at once, when this is dropped since the program has ended.
    pub(crate) fn close(&mut self) {
        self.close_at.get_or_insert_with(|| Instant::now() + EXIT_GRACE);
    }
}
