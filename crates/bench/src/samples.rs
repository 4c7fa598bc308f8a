//! Latency samples: a histogram with quantiles.

use std::time::Duration;

use hdrhistogram::Histogram;
use serde::Serialize;

/// Durations with a precision of three digits.
#[derive(Debug, Clone)]
pub(super) struct Samples(Histogram<u64>);

/// Quantiles in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(super) struct Quantiles {
    #[serde(rename = "medianMs")]
    pub(super) median: f64,
    #[serde(rename = "p95Ms")]
    pub(super) p95: f64,
    #[serde(rename = "p99Ms")]
    pub(super) p99: f64,
}

impl Samples {
    pub(super) fn new() -> Self {
        Self(Histogram::new(3).expect("three digits are within what a histogram can keep"))
    }

    pub(super) fn add(&mut self, took: Duration) {
        let nanos = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        self.0.record(nanos).expect("the histogram resizes by itself");
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.0.add(&other.0).expect("both histograms resize by themselves");
    }

    pub(super) fn count(&self) -> u32 {
        u32::try_from(self.0.len()).unwrap_or(u32::MAX)
    }

    /// `None` without samples.
    pub(super) fn quantiles(&self) -> Option<Quantiles> {
        let at = |quantile| round(millis(Duration::from_nanos(self.0.value_at_quantile(quantile))));
        (!self.0.is_empty()).then(|| Quantiles { median: at(0.5), p95: at(0.95), p99: at(0.99) })
    }
}

/// `value` to three decimals; more would be noise.
pub(super) fn round(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples(millis: impl IntoIterator<Item = u64>) -> Samples {
        let mut samples = Samples::new();
        millis.into_iter().for_each(|one| samples.add(Duration::from_millis(one)));
        samples
    }

    /// Three digits are kept, so a figure may be off by a thousandth.
    fn check(samples: &Samples, expected: [f64; 3]) {
        let found = samples.quantiles().expect("some samples");
        for (found, expected) in [found.median, found.p95, found.p99].into_iter().zip(expected) {
            assert!((found - expected).abs() <= expected / 1000.0, "{found} is not {expected}");
        }
    }

    #[test]
    fn quantiles_are_those_of_the_sorted_samples() {
        check(&samples(1..=100), [50.0, 95.0, 99.0]);
        check(&samples((1..=100).rev()), [50.0, 95.0, 99.0]);
    }

    #[test]
    fn one_slow_run_in_a_hundred_shows_in_no_quantile_and_two_show_in_the_last() {
        check(&samples([1; 99].into_iter().chain([900])), [1.0, 1.0, 1.0]);
        check(&samples([1; 98].into_iter().chain([900; 2])), [1.0, 1.0, 900.0]);
    }

    #[test]
    fn samples_of_several_clients_count_together() {
        let mut together = samples([10, 10]);
        together.merge(&samples([20, 20, 20]));
        assert_eq!(together.count(), 5);
        check(&together, [20.0, 20.0, 20.0]);
    }

    #[test]
    fn nothing_has_no_quantiles() {
        assert_eq!(Samples::new().quantiles(), None);
    }
}
