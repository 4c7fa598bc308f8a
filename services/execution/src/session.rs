//! Live sessions, but for the order in which things happen in one: what clients' frames say, the line over which frames go,
//! and how many sessions there may be.

mod beat;
mod frame;
mod line;

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use wire::{Problem, ProblemKind};

use crate::{ApiError, SessionSettings};

pub(crate) use beat::Heartbeat;
pub(crate) use frame::{ClientFrame, StartRequest};
pub(crate) use line::{CloseReason, Disconnected, SessionConnection};

/// Room for sessions. A handle: cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct SessionLimit(Arc<Semaphore>);

impl SessionLimit {
    pub(crate) fn new(settings: &SessionSettings) -> Self {
        Self(Arc::new(Semaphore::new(settings.max_sessions)))
    }

    /// A place for one more, held until it is dropped.
    pub(crate) fn acquire(&self) -> Result<OwnedSemaphorePermit, ApiError> {
        self.0.clone().try_acquire_owned().map_err(|_| {
            let detail = "As many live sessions are open as this server holds at once. Try again in a minute, or run the \
                          program without one.";
            Problem::new(ProblemKind::TooManySessions, detail).retry_after(60).into()
        })
    }
}
