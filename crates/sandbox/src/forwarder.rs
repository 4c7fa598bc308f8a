//! Output forwarder: connects the standard output of one program to the input of another, in a second sandbox.

use std::{pin::Pin, time::Duration};

use tokio::time::{Instant, sleep_until};

use crate::live::{InputMessage, InputSender, OnReaderGone};

/// Forwarder of one program's standard output to another program's input.
pub(crate) struct OutputForwarder {
    /// Absent if there is no reader, or no reader any more.
    receiver: Option<InputSender>,
    on_reader_gone: OnReaderGone,
    pending: Option<Pin<Box<dyn Future<Output = bool> + Send>>>,
    /// When the other program is sent the end of input.
    close_at: Option<Instant>,
}

/// Delay between the end of a program's output and the end of the other's input. A program that dies closes its output first;
/// without the delay, the other might be seen to end before it.
const EXIT_GRACE: Duration = Duration::from_millis(100);

impl OutputForwarder {
    pub(crate) fn new(to: Option<(InputSender, OnReaderGone)>) -> Self {
        let (to, unheard) = to.map_or((None, OnReaderGone::Discard), |(to, unheard)| (Some(to), unheard));
        Self { receiver: to, on_reader_gone: unheard, pending: None, close_at: None }
    }

    /// Whether everything has been forwarded. Before that, no more output is read.
    pub(crate) const fn is_idle(&self) -> bool {
        self.pending.is_none()
    }

    /// Starts to forward a chunk.
    pub(crate) fn forward(&mut self, bytes: Vec<u8>) {
        if let Some(teller) = self.receiver.clone() {
            self.pending = Some(Box::pin(async move { teller.send(InputMessage::Stdin(bytes)).await }));
        }
    }

    /// Waits until the pending chunk is sent, or the end of input is. Returns false if the reader is gone and the program must
    /// notice. Cancel-safe; pending for ever if there is nothing to do.
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

    /// Schedules the end of the other's input. It is sent at once when the forwarder is dropped because the program has ended.
    pub(crate) fn close(&mut self) {
        self.close_at.get_or_insert_with(|| Instant::now() + EXIT_GRACE);
    }
}
