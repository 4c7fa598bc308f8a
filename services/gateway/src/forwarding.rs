//! Forwarding: tracks requests to upstream services during shutdown.

use tokio_util::{
    sync::CancellationToken,
    task::{TaskTracker, task_tracker::TaskTrackerToken},
};

/// The requests and connections being forwarded. A handle: clones share the state.
#[derive(Debug, Clone, Default)]
pub struct Forwarding {
    open: TaskTracker,
    cancelled: CancellationToken,
}

impl Forwarding {
    /// Waits until nothing is being forwarded.
    pub async fn wait(&self) {
        self.open.close();
        self.open.wait().await;
    }

    /// Cancels the rest: waiting clients are told to retry, and open connections are closed.
    pub fn cancel(&self) {
        self.cancelled.cancel();
    }

    pub(crate) fn track(&self) -> TaskTrackerToken {
        self.open.token()
    }

    pub(crate) const fn cancelled(&self) -> &CancellationToken {
        &self.cancelled
    }
}
