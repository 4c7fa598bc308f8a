//! Open-loop arrivals: a seeded Poisson process.

use std::time::Duration;

/// Arrival times after the start, in order, without end: a Poisson process. The same seed gives the same
/// times.
#[derive(Debug)]
pub(super) struct Arrivals {
    mean: Duration,
    now: Duration,
    random: Random,
}

impl Arrivals {
    /// `per_second` is the average rate.
    pub(super) fn new(per_second: f64, seed: u64) -> Self {
        let mean = Duration::from_secs_f64(1.0 / per_second.max(f64::EPSILON));
        Self { mean, now: Duration::ZERO, random: Random::new(seed) }
    }
}

impl Iterator for Arrivals {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        self.now += self.mean.mul_f64(-self.random.unit().ln());
        Some(self.now)
    }
}

/// Pseudo-random numbers: `SplitMix64`, <https://prng.di.unimi.it/splitmix64.c>.
#[derive(Debug)]
pub(super) struct Random(u64);

impl Random {
    pub(super) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Above 0, at most 1.
    #[allow(clippy::cast_precision_loss, reason = "53 bits are what the type has")]
    fn unit(&mut self) -> f64 {
        ((self.next() >> 11) + 1) as f64 / (1_u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_come_as_are_to_come_and_not_at_equal_distances() {
        let moments: Vec<_> =
            Arrivals::new(100.0, 7).take_while(|at| *at < Duration::from_secs(100)).collect();
        assert!((9_500..10_500).contains(&moments.len()), "{}", moments.len());
        let gaps: Vec<_> = moments.windows(2).map(|two| two[1].saturating_sub(two[0])).collect();
        // Of such gaps 1 - 1/e are below the mean.
        let short = gaps.iter().filter(|gap| **gap < Duration::from_millis(10)).count();
        assert!((6_000..6_700).contains(&(short * 10_000 / gaps.len())), "{short} of {}", gaps.len());
    }

    #[test]
    fn the_same_seed_gives_the_same_moments() {
        let moments = |seed| Arrivals::new(5.0, seed).take(10).collect::<Vec<_>>();
        assert_eq!(moments(1), moments(1));
        assert_ne!(moments(1), moments(2));
    }
}
