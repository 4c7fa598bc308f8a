//! Graceful shutdown of the service: ends waiting requests first and live sessions last, when the process asks for it.

use tokio_util::{
    sync::{CancellationToken, WaitForCancellationFuture},
    task::{TaskTracker, task_tracker::TaskTrackerToken},
};

/// Cancellation of open requests and sessions. Cloning is cheap and gives a handle to the same state.
#[derive(Debug, Clone, Default)]
pub struct Shutdown {
    pending_requests: CancellationToken,
    sessions: CancellationToken,
    open_sessions: TaskTracker,
}

impl Shutdown {
    /// Ends requests that wait for a result or follow a job, with the current state as their response. Clients repeat them, here or
    /// at another process, and miss nothing.
    pub fn stop_waits(&self) {
        self.pending_requests.cancel();
    }

    /// Ends the remaining live sessions. They cannot be resumed, so this is the last step.
    pub fn end_sessions(&self) {
        self.sessions.cancel();
    }

    /// Waits until no session is open.
    pub async fn wait_for_sessions(&self) {
        self.open_sessions.close();
        self.open_sessions.wait().await;
    }

    pub(crate) fn are_waits_stopped(&self) -> bool {
        self.pending_requests.is_cancelled()
    }

    pub(crate) fn waits_stopped(&self) -> WaitForCancellationFuture<'_> {
        self.pending_requests.cancelled()
    }

    pub(crate) fn sessions_ended(&self) -> WaitForCancellationFuture<'_> {
        self.sessions.cancelled()
    }

    /// Registers a session; it counts as open until the token is dropped.
    pub(crate) fn track_session(&self) -> TaskTrackerToken {
        self.open_sessions.token()
    }
}
