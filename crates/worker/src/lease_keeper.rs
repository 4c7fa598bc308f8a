//! Lease keeper: renews the leases of attempts in progress until each is dropped.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use broker::{Attempt, Broker, RenewOutcome};
use tokio_util::sync::CancellationToken;

use crate::counts;

/// Attempts in progress, each with the token that stops it when its lease is lost.
#[derive(Debug, Clone, Default)]
pub(crate) struct LeaseKeeper {
    attempts: Arc<Mutex<HashMap<Attempt, CancellationToken>>>,
}

/// Keeps a lease renewed. A guard, so that an attempt that panics lets go of its lease like any other.
#[derive(Debug)]
#[must_use = "the lease is only renewed while this lives"]
pub(crate) struct LeaseGuard {
    leases: LeaseKeeper,
    attempt: Attempt,
}

impl Drop for LeaseGuard {
    fn drop(&mut self) {
        self.leases.lock().remove(&self.attempt);
    }
}

impl LeaseKeeper {
    /// Holds a lease until the guard is dropped; `lost` is cancelled when it is lost before.
    pub(crate) fn hold(&self, attempt: Attempt, lost: CancellationToken) -> LeaseGuard {
        self.lock().insert(attempt.clone(), lost);
        LeaseGuard { leases: self.clone(), attempt }
    }

    /// Renews all leases three times in each lease time, until told to stop.
    pub(crate) async fn renew(self, broker: Arc<dyn Broker>, until: CancellationToken) {
        let mut interval = tokio::time::interval((broker.lease_time() / 3).max(Duration::from_millis(1)));
        while until.run_until_cancelled(interval.tick()).await.is_some() {
            let attempts: Vec<Attempt> = self.lock().keys().cloned().collect();
            if attempts.is_empty() {
                continue;
            }
            match broker.renew(&attempts).await {
                Ok(renewals) => self.stop_lost(&attempts, &renewals),
                // The next beat comes before the leases run out.
                Err(error) => {
                    counts::engine_failed("queue");
                    tracing::warn!(%error, "leases could not be renewed");
                }
            }
        }
    }

    fn stop_lost(&self, attempts: &[Attempt], renewals: &[RenewOutcome]) {
        let leases = self.lock();
        for (attempt, renewal) in attempts.iter().zip(renewals) {
            if *renewal == RenewOutcome::Lost
                && let Some(lost) = leases.get(attempt)
            {
                tracing::warn!(job = %attempt.job, attempt = attempt.number, "the lease was lost; stopping");
                lost.cancel();
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Attempt, CancellationToken>> {
        // The map is whole after every statement, so a panic elsewhere leaves it usable.
        self.attempts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
