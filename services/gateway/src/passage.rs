//! What a gateway passes on to services elsewhere, while it lasts.

use tokio_util::{
    sync::CancellationToken,
    task::{TaskTracker, task_tracker::TaskTrackerToken},
};

/// The requests and connections that are being passed on. A handle: cloning it is cheap and gives the same.
#[derive(Debug, Clone, Default)]
pub struct Passage {
    open: TaskTracker,
    ended: CancellationToken,
}

impl Passage {
    /// Returns once nothing is passed on any more.
    pub async fn over(&self) {
        self.open.close();
        self.open.wait().await;
    }

    /// Ends what is left: who waits for an answer is told to come again, and open connections are cut off.
    pub fn end(&self) {
        self.ended.cancel();
    }

    pub(crate) fn one_more(&self) -> TaskTrackerToken {
        self.open.token()
    }

    pub(crate) const fn ended(&self) -> &CancellationToken {
        &self.ended
    }
}
