//! Session limit: the number of live sessions that a process holds at once.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use wire::{ProblemDetails, ProblemType};

use crate::{ApiError, SessionSettings};

/// Limit on concurrent sessions of this process. Cloning is cheap and gives a handle to the same limit.
#[derive(Debug, Clone)]
pub(crate) struct SessionLimit(Arc<Semaphore>);

impl SessionLimit {
    pub(crate) fn new(settings: &SessionSettings) -> Self {
        Self(Arc::new(Semaphore::new(settings.max_sessions)))
    }

    /// A permit for one session, released when it is dropped.
    pub(crate) fn acquire(&self) -> Result<OwnedSemaphorePermit, ApiError> {
        self.0.clone().try_acquire_owned().map_err(|_| {
            let detail = "As many live sessions are open as this server holds at once. End one that you no longer need, try \
                          again in a minute, or run the program without one and send its input along.";
            ProblemDetails::new(ProblemType::TooManySessions, detail).retry_after(60).into()
        })
    }
}
