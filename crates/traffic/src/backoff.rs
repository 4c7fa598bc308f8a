//! Exponential backoff with jitter: the delay after errors. Pure, with the random number as an argument.

use std::time::Duration;

/// Delays that double from the first to the maximum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// Upper bound of the delay after the first error.
    pub first: Duration,
    /// Upper bound of every delay.
    pub max: Duration,
}

impl Default for Backoff {
    fn default() -> Self {
        Self { first: Duration::from_millis(100), max: Duration::from_secs(5) }
    }
}

impl Backoff {
    /// The delay after this number of consecutive errors: between half and all of `first · 2^(errors − 1)`,
    /// capped by `max`; `random` chooses the point. So clients that fail together do not retry together.
    pub fn after(&self, errors: u32, random: u32) -> Duration {
        let doubled = 2_u32.saturating_pow(errors.saturating_sub(1));
        let half = self.first.saturating_mul(doubled).min(self.max) / 2;
        half + half.mul_f64(f64::from(random) / f64::from(u32::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_double_up_to_the_maximum_with_jitter_over_half() {
        let backoff = Backoff::default();
        for (errors, longest_ms) in
            [(0, 100), (1, 100), (2, 200), (5, 1_600), (6, 3_200), (7, 5_000), (u32::MAX, 5_000)]
        {
            let max = Duration::from_millis(longest_ms);
            assert_eq!(backoff.after(errors, 0), max / 2, "after {errors}");
            assert_eq!(backoff.after(errors, u32::MAX), max, "after {errors}");
            let between = backoff.after(errors, u32::MAX / 2);
            assert!(between > max / 2 && between < max, "{between:?} after {errors}");
        }
    }
}
