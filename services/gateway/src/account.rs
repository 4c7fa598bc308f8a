//! Account: the quotas that a caller's requests of one class count against, in order.
//!
//! A browser counts against its own quota and then against the ceiling of its address. A request that its own quota
//! refuses does not use up the ceiling of others behind the address; one that the ceiling refuses has counted for
//! the browser alone.

use std::sync::Arc;

use model::Timestamp;
use traffic::{Admission, Class, Decision, Limiter, Quota};

/// The account of a caller's requests of one class.
#[derive(Clone)]
pub(crate) struct Account {
    pub(crate) limiter: Arc<Limiter>,
    pub(crate) class: Class,
    /// At least one.
    pub(crate) charges: Vec<Charge>,
}

/// A quota with the caller that is counted against it.
#[derive(Debug, Clone)]
pub(crate) struct Charge {
    pub(crate) caller: String,
    pub(crate) quota: Quota,
}

/// The decision about a request, with the quota that it is about: the one that refuses it, or the caller's own.
#[derive(Debug, Clone)]
pub(crate) struct AccountDecision {
    pub(crate) quota: Quota,
    pub(crate) decision: Decision,
}

impl Account {
    /// Counts one request, if it is admitted. `None` if nothing limits it.
    pub(crate) async fn check(&self) -> Option<AccountDecision> {
        let mut own = None;
        for Charge { caller, quota } in &self.charges {
            let decision = self.limiter.check(caller, self.class, quota, Timestamp::now()).await;
            let is_refused = matches!(decision.admission, Admission::Refused { .. });
            let about = AccountDecision { quota: quota.clone(), decision };
            if is_refused {
                return Some(about);
            }
            own.get_or_insert(about);
        }
        own
    }
}
