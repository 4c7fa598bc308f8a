//! Account: counts a caller's further requests of one class, for a batch with several submissions.

use std::sync::Arc;

use model::Timestamp;
use traffic::{Class, Decision, Limiter, Quota};

/// The account of a caller's requests of one class.
#[derive(Clone)]
pub(crate) struct Account {
    pub(crate) limiter: Arc<Limiter>,
    pub(crate) key: String,
    pub(crate) class: Class,
    pub(crate) quota: Quota,
}

impl Account {
    /// Counts one more request, if it is admitted.
    pub(crate) async fn check(&self) -> Decision {
        self.limiter.check(&self.key, self.class, &self.quota, Timestamp::now()).await
    }
}
