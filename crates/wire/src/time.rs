//! Time formats: RFC 3339 timestamps and whole milliseconds.

use std::time::Duration;

use model::Timestamp;

/// The timestamp in RFC 3339, UTC, with milliseconds: `2026-03-01T09:30:00.250Z`.
pub fn rfc3339(timestamp: Timestamp) -> String {
    let timestamp = jiff::Timestamp::from_millisecond(timestamp.as_millis()).unwrap_or_default();
    format!("{timestamp:.3}")
}

/// Whole milliseconds, rounded to the nearest.
pub fn millis(duration: Duration) -> u64 {
    u64::try_from((duration.as_micros() + 500) / 1000).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps_have_milliseconds() {
        assert_eq!(rfc3339(Timestamp::from_millis(1_772_357_400_250)), "2026-03-01T09:30:00.250Z");
        assert_eq!(rfc3339(Timestamp::from_millis(0)), "1970-01-01T00:00:00.000Z");
    }

    #[test]
    fn milliseconds_are_rounded_to_the_nearest() {
        for (micros, ms) in [(0, 0), (499, 0), (500, 1), (12_600, 13)] {
            assert_eq!(millis(Duration::from_micros(micros)), ms);
        }
    }
}
