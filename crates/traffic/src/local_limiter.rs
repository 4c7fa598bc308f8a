//! Local limiter: rate counters of one process in memory, with a bounded number of callers.
//!
//! The `governor` crate is not used: it has only token buckets, which around an idle minute admit twice the
//! limit of a one-minute window, and it decides about each limit separately, so a request that the second limit
//! rejects is still charged to the first.

use std::{
    collections::HashMap,
    hash::{BuildHasher as _, RandomState},
    sync::{Mutex, PoisonError},
};

use model::Timestamp;

use crate::{Decision, Quota, rate_counter::RateCounter};

/// Number of locks, so that concurrent callers rarely wait for each other.
const SHARDS: usize = 16;
/// Minimum size of a shard before it is swept.
const MIN_SWEEP: usize = 64;

/// Rate counters of this process. Callers that were idle for the length of their limits are evicted.
#[derive(Debug)]
pub struct LocalLimiter {
    shards: [Mutex<Shard>; SHARDS],
    hasher: RandomState,
    max_per_shard: usize,
}

#[derive(Debug, Default)]
struct Shard {
    callers: HashMap<Box<str>, CallerEntry>,
    /// Size at which the shard is swept next.
    sweep_at: usize,
}

#[derive(Debug)]
struct CallerEntry {
    count: RateCounter,
    expires_at: i64,
}

impl LocalLimiter {
    /// Default of the maximum number of callers.
    pub const MAX_CALLERS: usize = 100_000;

    /// A limiter for about `max_callers` callers. If there are more, the callers are evicted whose limits would
    /// be restored soonest: memory stays bounded, and counting would not stop an attacker with that many
    /// addresses anyway.
    pub fn new(max_callers: usize) -> Self {
        Self {
            shards: std::array::from_fn(|_| Mutex::default()),
            hasher: RandomState::new(),
            max_per_shard: max_callers.div_ceil(SHARDS).max(1),
        }
    }

    /// Decides about a request of this caller, and counts it if it is admitted. Takes about a microsecond.
    pub fn check(&self, caller: &str, quota: &Quota, now: Timestamp) -> Decision {
        let at = usize::try_from(self.hasher.hash_one(caller) % SHARDS as u64).unwrap_or(0);
        // Nothing in here panics half-way, and a counter would be consistent if it did.
        let mut shard = self.shards[at].lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = shard.callers.get_mut(caller) {
            return entry.decide(quota, now);
        }
        shard.evict(self.max_per_shard, now);
        let mut entry = CallerEntry { count: RateCounter::default(), expires_at: 0 };
        let decision = entry.decide(quota, now);
        shard.callers.insert(caller.into(), entry);
        decision
    }

    /// Number of callers in memory.
    pub fn callers(&self) -> usize {
        let remembered =
            |shard: &Mutex<Shard>| shard.lock().unwrap_or_else(PoisonError::into_inner).callers.len();
        self.shards.iter().map(remembered).sum()
    }
}

impl CallerEntry {
    fn decide(&mut self, quota: &Quota, now: Timestamp) -> Decision {
        self.expires_at = RateCounter::expires_at(quota, now);
        self.count.decide(quota, now)
    }
}

impl Shard {
    fn evict(&mut self, max: usize, now: Timestamp) {
        if self.callers.len() < self.sweep_at.clamp(MIN_SWEEP.min(max), max) {
            return;
        }
        self.callers.retain(|_, entry| entry.expires_at > now.as_millis());
        if self.callers.len() >= max {
            self.evict_quarter();
        }
        // The cost of a sweep is amortized over as many new callers.
        self.sweep_at = 2 * self.callers.len();
    }

    fn evict_quarter(&mut self) {
        let mut times: Vec<i64> = self.callers.values().map(|entry| entry.expires_at).collect();
        let quarter = times.len() / 4;
        let (_, last, _) = times.select_nth_unstable(quarter);
        let (last, mut left) = (*last, quarter + 1);
        self.callers.retain(|_, entry| {
            let evicted = entry.expires_at <= last && left > 0;
            left -= usize::from(evicted);
            !evicted
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quota() -> Quota {
        "2/min".parse().expect("a quota")
    }

    #[test]
    fn idle_callers_are_evicted() {
        let limiter = LocalLimiter::new(LocalLimiter::MAX_CALLERS);
        for n in 0..10_000_i64 {
            // Each caller sends one request, one per second: only those of the last minute matter.
            limiter.check(&n.to_string(), &quota(), Timestamp::from_millis(n * 1000));
        }
        assert!(limiter.callers() < SHARDS * (MIN_SWEEP + 1), "{} are remembered", limiter.callers());
    }

    #[test]
    fn memory_is_bounded_by_the_number_of_callers() {
        let limiter = LocalLimiter::new(1000);
        for n in 0..20_000 {
            limiter.check(&n.to_string(), &quota(), Timestamp::from_millis(0));
            assert!(n > 2000 || limiter.callers() <= 1000 + SHARDS);
        }
        assert!((500..=1000 + SHARDS).contains(&limiter.callers()), "{} are remembered", limiter.callers());
    }
}
