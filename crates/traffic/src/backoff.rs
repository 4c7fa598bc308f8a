//! How long to wait before asking again, after errors: longer each time, and not all at once. Pure: chance is handed in.

use std::time::Duration;

/// Waits that double from the first to the longest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// The longest wait after the first error.
    pub first: Duration,
    /// No wait is longer.
    pub longest: Duration,
}

impl Default for Backoff {
    fn default() -> Self {
        Self { first: Duration::from_millis(100), longest: Duration::from_secs(5) }
    }
}

impl Backoff {
    /// The wait after this many errors one after another: between half and all of `first · 2^(errors − 1)`, capped, where
    /// `chance` says. So those that failed together do not come back together.
    pub fn after(&self, errors: u32, chance: u32) -> Duration {
        let doubled = 2_u32.saturating_pow(errors.saturating_sub(1));
        let half = self.first.saturating_mul(doubled).min(self.longest) / 2;
        half + half.mul_f64(f64::from(chance) / f64::from(u32::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_longest_and_spread_over_half() {
        let backoff = Backoff::default();
        for (errors, longest_ms) in
            [(0, 100), (1, 100), (2, 200), (5, 1_600), (6, 3_200), (7, 5_000), (u32::MAX, 5_000)]
        {
            let longest = Duration::from_millis(longest_ms);
            assert_eq!(backoff.after(errors, 0), longest / 2, "after {errors}");
            assert_eq!(backoff.after(errors, u32::MAX), longest, "after {errors}");
            let between = backoff.after(errors, u32::MAX / 2);
            assert!(between > longest / 2 && between < longest, "{between:?} after {errors}");
        }
    }
}
