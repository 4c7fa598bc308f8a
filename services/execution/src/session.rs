//! Live sessions, but for the order in which things happen in one: what clients' frames say, the line over which frames go,
//! and how many sessions there may be.

mod beat;
mod frame;
mod line;

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use wire::{ProblemDetails, ProblemType};

use crate::{Refusal, SessionSettings};

pub(crate) use beat::Beat;
pub(crate) use frame::{ClientFrame, Start};
pub(crate) use line::{Closing, Gone, Line};

/// Room for sessions. A handle: cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Sessions(Arc<Semaphore>);

impl Sessions {
    pub(crate) fn new(settings: &SessionSettings) -> Self {
        Self(Arc::new(Semaphore::new(settings.most)))
    }

    /// A place for one more, held until it is dropped.
    pub(crate) fn take(&self) -> Result<OwnedSemaphorePermit, Refusal> {
        self.0.clone().try_acquire_owned().map_err(|_| {
            let detail = "As many live sessions are open as this server holds at once. Try again in a minute, or run the \
                          program without one.";
            ProblemDetails::new(ProblemType::TooManySessions, detail).retry_after(60).into()
        })
    }
}
