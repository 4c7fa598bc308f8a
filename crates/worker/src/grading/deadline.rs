//! Deadline of a grading: the time that all its runs have together, and the signal to stop.

use std::time::Instant;

use model::Limits;
use tokio_util::sync::CancellationToken;

use super::error::GradeError;

/// Deadline and stop signal of a grading.
#[derive(Clone, Copy)]
pub(super) struct Deadline<'a> {
    pub(super) end: Instant,
    pub(super) stop: &'a CancellationToken,
}

impl Deadline<'_> {
    /// Waits for something, unless judging is stopped before.
    pub(super) async fn wait<T>(&self, something: impl Future<Output = T>) -> Result<T, GradeError> {
        self.stop.run_until_cancelled(something).await.ok_or(GradeError::Stopped)
    }

    /// Whether judging goes on after a run that ended this way.
    pub(super) fn check(&self) -> Result<(), GradeError> {
        if self.stop.is_cancelled() {
            Err(GradeError::Stopped)
        } else if Instant::now() >= self.end {
            Err(GradeError::OutOfTime)
        } else {
            Ok(())
        }
    }

    /// The same limits, but no longer than there is time.
    pub(super) fn within(&self, limits: Limits) -> Limits {
        Limits { wall: limits.wall.min(self.end.saturating_duration_since(Instant::now())), ..limits }
    }
}
