//! How the service comes to its end, step by step: told by whoever runs it.

use tokio_util::{
    sync::{CancellationToken, WaitForCancellationFuture},
    task::{TaskTracker, task_tracker::TaskTrackerToken},
};

/// What is still open while the service stops. A handle: cloning it is cheap and gives the same.
#[derive(Debug, Clone, Default)]
pub struct Leaving {
    waits: CancellationToken,
    sessions: CancellationToken,
    talking: TaskTracker,
}

impl Leaving {
    /// Answers those who wait for a result or follow a job with what there is: they come again, here or elsewhere, and miss
    /// nothing.
    pub fn send_waiters_away(&self) {
        self.waits.cancel();
    }

    /// Ends the live sessions that are left. They cannot be taken up again, so they come last.
    pub fn end_sessions(&self) {
        self.sessions.cancel();
    }

    /// Returns once no session is left.
    pub async fn sessions_over(&self) {
        self.talking.close();
        self.talking.wait().await;
    }

    pub(crate) fn waiters_go(&self) -> bool {
        self.waits.is_cancelled()
    }

    pub(crate) fn waiters_sent_away(&self) -> WaitForCancellationFuture<'_> {
        self.waits.cancelled()
    }

    pub(crate) fn sessions_ended(&self) -> WaitForCancellationFuture<'_> {
        self.sessions.cancelled()
    }

    /// A session, for as long as it lives.
    pub(crate) fn session(&self) -> TaskTrackerToken {
        self.talking.token()
    }
}
