//! Metrics of the queue: open event subscriptions and expired leases, the same for all engines.

use metrics::{Gauge, counter, describe_counter, describe_gauge, gauge};

/// An open event subscription, counted until it is dropped.
pub(crate) struct SubscriptionGauge(Gauge);

impl SubscriptionGauge {
    pub(crate) fn increment() -> Self {
        let gauge = gauge!("coderunner_event_subscriptions");
        gauge.increment(1.0);
        Self(gauge)
    }
}

impl Drop for SubscriptionGauge {
    fn drop(&mut self) {
        self.0.decrement(1.0);
    }
}

/// Counts expired leases.
pub(crate) fn count_expired(leases: u64) {
    counter!("coderunner_leases_expired_total").increment(leases);
}

/// Registers the metrics with their descriptions and zero values.
pub(crate) fn describe() {
    describe_gauge!("coderunner_event_subscriptions", "Streams of a job's events that are open here.");
    describe_counter!(
        "coderunner_leases_expired_total",
        "Leases that ran out because their worker did not renew them, as found by this process."
    );
    gauge!("coderunner_event_subscriptions").increment(0.0);
    count_expired(0);
}
