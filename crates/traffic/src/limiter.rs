//! Rate limiter of a process: shared counts in Redis, with a fallback to counts of this process while Redis is
//! down.
//!
//! During a fallback each process admits what all processes together should admit. That is more than intended,
//! but still a limit: a lost counter neither rejects nor admits every request.

use std::sync::atomic::{AtomicBool, Ordering};

use model::Timestamp;

use crate::{Breaker, BreakerSettings, Class, Decision, LocalLimiter, Quota, SharedLimiter};

/// A rate limiter for callers.
///
/// A request is checked against the shared counts if there are any, through a circuit breaker, so that a
/// failing Redis does not delay requests. While the circuit is open, or a check fails, the counts of this
/// process are used.
///
/// A check considers all rules of the quota at once and counts the request only if every rule admits it. The
/// decision contains the remaining requests and the reset time of each rule, for response headers.
#[derive(Debug)]
pub struct Limiter {
    local: LocalLimiter,
    shared: Option<SharedCounts>,
}

#[derive(Debug)]
struct SharedCounts {
    limiter: SharedLimiter,
    breaker: Breaker,
    /// Whether the last request used the fallback; each change is logged once.
    is_fallback: AtomicBool,
}

impl Limiter {
    /// A limiter with counts in this process alone, for about `max_callers` callers.
    pub fn local(max_callers: usize) -> Self {
        Self { local: LocalLimiter::new(max_callers), shared: None }
    }

    /// Adds shared counts in Redis, with a fallback to the counts of this process.
    #[must_use]
    pub fn with_shared(self, limiter: SharedLimiter, settings: BreakerSettings) -> Self {
        let breaker = Breaker::new("limits", settings);
        metrics::gauge!("coderunner_limits_shared").set(1.0);
        Self { shared: Some(SharedCounts { limiter, breaker, is_fallback: AtomicBool::new(false) }), ..self }
    }

    /// Decides about a request of this caller, and counts it if it is admitted.
    pub async fn check(&self, caller: &str, class: Class, quota: &Quota, now: Timestamp) -> Decision {
        if let Some(shared) = &self.shared
            && let Some(decision) = shared.check(caller, class, quota, now).await
        {
            return decision;
        }
        self.local.check(&format!("{}:{caller}", class.as_str()), quota, now)
    }
}

impl SharedCounts {
    async fn check(&self, caller: &str, class: Class, quota: &Quota, now: Timestamp) -> Option<Decision> {
        let Ok(permit) = self.breaker.acquire(now) else {
            count_fallback();
            return None;
        };
        match self.limiter.check(caller, class, quota, now).await {
            Ok(decision) => {
                permit.record_success();
                if self.is_fallback.swap(false, Ordering::Relaxed) {
                    metrics::gauge!("coderunner_limits_shared").set(1.0);
                    tracing::info!("limits are shared with other processes again");
                }
                Some(decision)
            }
            Err(error) => {
                permit.record_failure(now);
                count_fallback();
                if !self.is_fallback.swap(true, Ordering::Relaxed) {
                    metrics::gauge!("coderunner_limits_shared").set(0.0);
                    tracing::warn!(%error, cause = ?std::error::Error::source(&error),
                        "limits are counted in this process alone until shared counts can be had again");
                }
                None
            }
        }
    }
}

fn count_fallback() {
    metrics::counter!("coderunner_limits_fallbacks_total").increment(1);
}

pub(crate) fn describe() {
    metrics::describe_gauge!(
        "coderunner_limits_shared",
        "Whether limits are counted together with other processes: 1 they are, 0 they cannot be now. Missing where they need not be."
    );
    metrics::describe_counter!(
        "coderunner_limits_fallbacks_total",
        "Requests counted in this process alone since the shared counts could not be had."
    );
}
