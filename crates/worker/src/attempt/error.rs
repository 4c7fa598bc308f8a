//! Errors of attempts: failures of ours, which another attempt may not have.

use crate::{GradeError, RunError, counts, test_data_cache::TestDataCacheError};

/// A failure of ours in an attempt.
#[derive(Debug, thiserror::Error)]
pub(super) enum AttemptError {
    #[error("the records failed")]
    Store(#[from] store::StoreError),
    #[error("the object store failed")]
    Objects(#[from] store::ObjectsError),
    #[error("the queue failed")]
    Broker(#[from] broker::BrokerError),
    #[error(transparent)]
    Run(#[from] RunError),
    #[error(transparent)]
    Grade(#[from] GradeError),
    #[error(transparent)]
    TestData(#[from] TestDataCacheError),
    #[error("the record has seen a later attempt")]
    Stale,
    #[error("publishing the output failed")]
    Publishing(#[from] tokio::task::JoinError),
}

impl AttemptError {
    /// Counts it, if an engine failed.
    pub(super) fn count(&self) {
        match self {
            Self::Store(_) => counts::engine_failed("records"),
            Self::Objects(_) => counts::engine_failed("objects"),
            Self::Broker(_) => counts::engine_failed("queue"),
            Self::Run(_) | Self::Grade(_) | Self::TestData(_) | Self::Stale | Self::Publishing(_) => {}
        }
    }
}
