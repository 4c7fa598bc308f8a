//! Retry schedule: exponential backoff with a maximum. Pure.

use std::time::Duration;

/// Factor between one delay and the next.
const BACKOFF_FACTOR: u32 = 6;
/// Maximum delay.
const MAX_DELAY: Duration = Duration::from_hours(6);

/// The delay after `tries` failed tries.
pub(crate) fn retry_delay(first: Duration, tries: u32) -> Duration {
    let factor = BACKOFF_FACTOR.checked_pow(tries.saturating_sub(1)).unwrap_or(u32::MAX);
    first.saturating_mul(factor).min(MAX_DELAY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_end_somewhere() {
        let pauses: Vec<u64> =
            (1..=7).map(|tries| retry_delay(Duration::from_secs(5), tries).as_secs()).collect();
        assert_eq!(pauses, [5, 30, 180, 1080, 6480, 21_600, 21_600]);
        assert_eq!(retry_delay(Duration::from_secs(5), u32::MAX), MAX_DELAY);
        assert_eq!(retry_delay(Duration::ZERO, 3), Duration::ZERO);
    }
}
