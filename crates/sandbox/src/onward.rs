//! What one program writes, said to another: a pipe between two sandboxes that we watch.

use std::pin::Pin;

use crate::live::{Said, Teller, Unheard};

/// The way from a program's standard output to another's input.
pub(crate) struct Onward {
    /// Nobody, or nobody any more.
    to: Option<Teller>,
    unheard: Unheard,
    saying: Option<Pin<Box<dyn Future<Output = bool> + Send>>>,
}

impl Onward {
    pub(crate) fn to(to: Option<(Teller, Unheard)>) -> Self {
        let (to, unheard) = to.map_or((None, Unheard::Lost), |(to, unheard)| (Some(to), unheard));
        Self { to, unheard, saying: None }
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

    /// Waits until it has been said; false if nobody was there to hear and the program is to know. Cancel-safe; for ever,
    /// while nothing is being said.
    pub(crate) async fn said(&mut self) -> bool {
        let Some(saying) = &mut self.saying else { return std::future::pending().await };
        let heard = saying.await;
        self.saying = None;
        if !heard {
            self.to = None;
        }
        heard || self.unheard == Unheard::Lost
    }

    /// There is nothing more to say.
    pub(crate) fn end(&mut self) {
        self.to = None;
    }
}
