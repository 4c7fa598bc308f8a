//! Services and settings that all attempts of a worker share.

use std::{sync::Arc, time::Duration};

use broker::Broker;
use model::Bytes;
use store::{Objects, Store};
use tokio_util::sync::CancellationToken;

use crate::{Grader, TestDataCache, lease_keeper::LeaseKeeper};

/// Services and settings that all attempts share. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Shared {
    pub(crate) store: Store,
    pub(crate) objects: Objects,
    pub(crate) broker: Arc<dyn Broker>,
    pub(crate) grader: Grader,
    pub(crate) test_data: TestDataCache,
    pub(crate) leases: LeaseKeeper,
    pub(crate) heartbeat: Duration,
    pub(crate) max_details: Bytes,
    pub(crate) requeue: CancellationToken,
}
