//! The limiter of a process: counts shared with others where there is a Redis for it, its own where there is none, and its
//! own for as long as that Redis is away.
//!
//! Without shared counts each process allows what all were to allow together. That is more than was meant, and still a
//! limit: requests are not refused because a counter is lost, and not all let through either.

use std::sync::atomic::{AtomicBool, Ordering};

use model::Timestamp;

use crate::{Breaker, BreakerSettings, Class, Decision, LocalLimiter, Quota, SharedLimiter};

/// Decides who may come how often.
#[derive(Debug)]
pub struct Limiter {
    local: LocalLimiter,
    shared: Option<Shared>,
}

#[derive(Debug)]
struct Shared {
    limiter: SharedLimiter,
    breaker: Breaker,
    /// Whether the last request was counted here since Redis was away: each change is logged once.
    away: AtomicBool,
}

impl Limiter {
    /// Counts in this process alone, at most about so many callers.
    pub fn local(most_callers: usize) -> Self {
        Self { local: LocalLimiter::new(most_callers), shared: None }
    }

    /// Counts with all that share this Redis, and in this process while that is away.
    #[must_use]
    pub fn sharing(self, limiter: SharedLimiter, settings: BreakerSettings) -> Self {
        let breaker = Breaker::new("limits", settings);
        metrics::gauge!("coderunner_limits_shared").set(1.0);
        Self { shared: Some(Shared { limiter, breaker, away: AtomicBool::new(false) }), ..self }
    }

    /// Decides about one request of this caller, and counts it if it is admitted.
    pub async fn check(&self, caller: &str, class: Class, quota: &Quota, now: Timestamp) -> Decision {
        if let Some(shared) = &self.shared
            && let Some(decision) = shared.check(caller, class, quota, now).await
        {
            return decision;
        }
        self.local.check(&format!("{}:{caller}", class.as_str()), quota, now)
    }
}

impl Shared {
    async fn check(&self, caller: &str, class: Class, quota: &Quota, now: Timestamp) -> Option<Decision> {
        let Ok(permit) = self.breaker.ask(now) else {
            count_lost();
            return None;
        };
        match self.limiter.check(caller, class, quota, now).await {
            Ok(decision) => {
                permit.succeeded();
                if self.away.swap(false, Ordering::Relaxed) {
                    metrics::gauge!("coderunner_limits_shared").set(1.0);
                    tracing::info!("limits are shared with other processes again");
                }
                Some(decision)
            }
            Err(error) => {
                permit.failed(now);
                count_lost();
                if !self.away.swap(true, Ordering::Relaxed) {
                    metrics::gauge!("coderunner_limits_shared").set(0.0);
                    tracing::warn!(%error, cause = ?std::error::Error::source(&error),
                        "limits are counted in this process alone until shared counts can be had again");
                }
                None
            }
        }
    }
}

fn count_lost() {
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
