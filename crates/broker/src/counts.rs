//! What the engines of the queue count, for operators, all in the same way.

use metrics::{Gauge, counter, describe_counter, describe_gauge, gauge};

/// Somebody who follows the events of a job, for as long as this lives.
pub(crate) struct Subscribed(Gauge);

impl Subscribed {
    pub(crate) fn one() -> Self {
        let gauge = gauge!("coderunner_event_subscriptions");
        gauge.increment(1.0);
        Self(gauge)
    }
}

impl Drop for Subscribed {
    fn drop(&mut self) {
        self.0.decrement(1.0);
    }
}

/// Counts leases that ran out unrenewed.
pub(crate) fn expired(leases: u64) {
    counter!("coderunner_leases_expired_total").increment(leases);
}

/// Says what that is, and shows it before it happens.
pub(crate) fn describe() {
    describe_gauge!("coderunner_event_subscriptions", "Streams of a job's events that are open here.");
    describe_counter!(
        "coderunner_leases_expired_total",
        "Leases that ran out because their worker did not renew them, as found by this process."
    );
    gauge!("coderunner_event_subscriptions").increment(0.0);
    expired(0);
}
