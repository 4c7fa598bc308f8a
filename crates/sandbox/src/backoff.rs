//! The back-off of a slot whose launcher failed: when another one is tried, soon at first and seldom in the end.

use std::time::Duration;

use tokio::time::Instant;

/// After the first failure.
const FIRST: Duration = Duration::from_secs(1);
/// However many there were.
const LONGEST: Duration = Duration::from_mins(5);

/// How a slot's last tries went.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Backoff {
    failures: u32,
    until: Option<Instant>,
}

impl Backoff {
    /// One more try failed.
    pub(crate) fn begin(&mut self, now: Instant) {
        self.until = Some(now + after(self.failures));
        self.failures = self.failures.saturating_add(1);
    }

    /// One went well.
    pub(crate) fn end(&mut self) {
        *self = Self::default();
    }

    /// How long the slot is left alone still, if it is.
    pub(crate) fn left(&self, now: Instant) -> Option<Duration> {
        self.until.map(|until| until.saturating_duration_since(now)).filter(|left| !left.is_zero())
    }
}

fn after(earlier_failures: u32) -> Duration {
    FIRST.saturating_mul(2u32.saturating_pow(earlier_failures)).min(LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_is_tried_less_often_the_more_often_it_failed_and_never_given_up() {
        let seconds = [0, 1, 2, 8, 9, 40].map(|failures| after(failures).as_secs());
        assert_eq!(seconds, [1, 2, 4, 256, 300, 300]);
    }

    #[test]
    fn a_slot_backs_off_after_a_failure_until_its_time_has_come_or_one_try_went_well() {
        let now = Instant::now();
        let mut backoff = Backoff::default();
        assert_eq!(backoff.left(now), None);
        backoff.begin(now);
        assert_eq!(backoff.left(now), Some(FIRST));
        assert_eq!(backoff.left(now + FIRST), None);
        backoff.begin(now);
        assert_eq!(backoff.left(now), Some(2 * FIRST));
        backoff.end();
        assert_eq!(backoff.left(now), None);
        backoff.begin(now);
        assert_eq!(backoff.left(now), Some(FIRST));
    }
}
