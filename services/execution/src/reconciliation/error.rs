//! Error of a reconciliation round, by backend.

use broker::BrokerError;
use store::{ObjectsError, StoreError};

use crate::service_metrics;

/// A failed round; the next one starts from the state that it finds.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReconcileError {
    #[error("the records: {0}")]
    Store(#[from] StoreError),
    #[error("the objects: {0}")]
    Objects(#[from] ObjectsError),
    #[error("the queue: {0}")]
    Broker(#[from] BrokerError),
}

impl ReconcileError {
    /// Counts it in the metrics.
    pub(super) fn count(&self) {
        let engine = match self {
            Self::Store(_) => "records",
            Self::Objects(_) => "objects",
            Self::Broker(_) => "queue",
        };
        service_metrics::engine_failed(engine);
    }
}
