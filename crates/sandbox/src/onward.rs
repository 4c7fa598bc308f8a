//! What one program writes, said to another: a pipe between two sandboxes that we watch.

use std::{pin::Pin, time::Duration};

use tokio::time::{Instant, sleep_until};

use crate::live::{Said, Teller, Unheard};

/// The way from a program's standard output to another's input.
pub(crate) struct Onward {
    /// Nobody, or nobody any more.
    to: Option<Teller>,
    unheard: Unheard,
    saying: Option<Pin<Box<dyn Future<Output = bool> + Send>>>,
    /// When the other is told that nothing more comes.
    ends: Option<Instant>,
}

/// How long after the end of its output a program may be found to have ended. A program that dies closes its output first; the
/// other, told of that at once, might be seen to end before it.
const DYING: Duration = Duration::from_millis(100);

impl Onward {
    pub(crate) fn to(to: Option<(Teller, Unheard)>) -> Self {
        let (to, unheard) = to.map_or((None, Unheard::Lost), |(to, unheard)| (Some(to), unheard));
        Self { to, unheard, saying: None, ends: None }
    }

    /// Whether everything has been said; before that nothing more is to be read.
    pub(crate) const fn is_free(&self) -> bool {
        self.saying.is_none()
    }

    /// Begins to say it.
    pub(crate) fn say(&mut self, bytes: Vec<u8>) {
        if let Some(teller) = self.to.clone() {
            self.saying = Some(Box::pin(async move { teller.tell_in_time(Said::Stdin(bytes)).await }));
        }
    }

    /// Waits until what is being said has been said, or the other has been told of the end; false if nobody was there to hear
    /// and the program is to know. Cancel-safe; for ever, while there is neither.
    pub(crate) async fn step(&mut self) -> bool {
        if let Some(saying) = &mut self.saying {
            let heard = saying.await;
            self.saying = None;
            if !heard {
                self.to = None;
            }
            return heard || self.unheard == Unheard::Lost;
        }
        match (self.ends, &self.to) {
            (Some(at), Some(_)) => sleep_until(at).await,
            _ => std::future::pending().await,
        }
        self.to = None;
        true
    }

    /// There is nothing more to say. The other is told soon; and at once, when this is dropped since the program has ended.
    pub(crate) fn end(&mut self) {
        self.ends.get_or_insert_with(|| Instant::now() + DYING);
    }
}
