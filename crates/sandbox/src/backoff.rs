//! Backoff of a slot whose launcher failed: the delay before the next launcher doubles, up to five minutes.

use std::time::Duration;

use tokio::time::Instant;

/// Delay after the first failure.
const FIRST_DELAY: Duration = Duration::from_secs(1);
/// Maximum delay.
const MAX_DELAY: Duration = Duration::from_mins(5);

/// Failures of a slot since the last success.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Backoff {
    failures: u32,
    until: Option<Instant>,
}

impl Backoff {
    /// Records a failure.
    pub(crate) fn record_failure(&mut self, now: Instant) {
        self.until = Some(now + delay_after(self.failures));
        self.failures = self.failures.saturating_add(1);
    }

    /// Records a success.
    pub(crate) fn record_success(&mut self) {
        *self = Self::default();
    }

    /// Remaining delay, if there is one.
    pub(crate) fn remaining(&self, now: Instant) -> Option<Duration> {
        self.until.map(|until| until.saturating_duration_since(now)).filter(|left| !left.is_zero())
    }
}

fn delay_after(earlier_failures: u32) -> Duration {
    FIRST_DELAY.saturating_mul(2u32.saturating_pow(earlier_failures)).min(MAX_DELAY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_is_tried_less_often_the_more_often_it_failed_and_never_given_up() {
        let seconds = [0, 1, 2, 8, 9, 40].map(|failures| delay_after(failures).as_secs());
        assert_eq!(seconds, [1, 2, 4, 256, 300, 300]);
    }

    #[test]
    fn a_slot_backs_off_after_a_failure_until_its_time_has_come_or_one_try_went_well() {
        let now = Instant::now();
        let mut backoff = Backoff::default();
        assert_eq!(backoff.remaining(now), None);
        backoff.record_failure(now);
        assert_eq!(backoff.remaining(now), Some(FIRST_DELAY));
        assert_eq!(backoff.remaining(now + FIRST_DELAY), None);
        backoff.record_failure(now);
        assert_eq!(backoff.remaining(now), Some(2 * FIRST_DELAY));
        backoff.record_success();
        assert_eq!(backoff.remaining(now), None);
        backoff.record_failure(now);
        assert_eq!(backoff.remaining(now), Some(FIRST_DELAY));
    }
}
