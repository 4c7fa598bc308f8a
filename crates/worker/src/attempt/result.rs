//! Result of an attempt, before it is recorded.

use model::{AttemptTimestamps, Completion};

use super::error::AttemptError;
use crate::{large_content::FetchError, output::Publisher};

/// The completion of an attempt, with all that is stored or published beside it.
pub(super) struct AttemptResult {
    /// The completion to record.
    pub(super) completion: Result<Completion, AttemptError>,
    /// Bytes of the artifacts.
    pub(super) files: Vec<Vec<u8>>,
    /// Publisher of the remaining events.
    pub(super) publisher: Publisher,
    /// When each step was done.
    pub(super) timestamps: AttemptTimestamps,
}

impl AttemptResult {
    /// The result of a job whose code could not be fetched.
    pub(super) fn without_running(why: FetchError, publisher: Publisher) -> Self {
        let completion = match why {
            FetchError::Stopped => Ok(Completion::Cancelled(None)),
            FetchError::Lost(fault) => Ok(Completion::Failed(fault)),
            FetchError::Failed(error) => Err(error.into()),
        };
        Self { completion, files: Vec::new(), publisher, timestamps: AttemptTimestamps::default() }
    }
}
