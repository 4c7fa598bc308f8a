//! A limiter for one process: all counts in memory, bounded.
//!
//! Not `governor`: it knows token buckets only, which around an idle minute let through twice what a window of a minute
//! promises, and it decides about each limit apart, so that a request that the second limit refuses is still charged to the
//! first.

use std::{
    collections::HashMap,
    hash::{BuildHasher as _, RandomState},
    sync::{Mutex, PoisonError},
};

use model::Timestamp;

use crate::{Decision, Quota, count::Count};

/// Callers that look for their counts at once seldom wait for each other.
const SHARDS: usize = 16;
/// A shard is not worth looking through before it has so many.
const WORTH_A_LOOK: usize = 64;

/// Counts in this process. Callers that have been quiet for the length of their limits are forgotten.
#[derive(Debug)]
pub struct LocalLimiter {
    shards: [Mutex<Shard>; SHARDS],
    hasher: RandomState,
    most_per_shard: usize,
}

#[derive(Debug, Default)]
struct Shard {
    counts: HashMap<Box<str>, Entry>,
    /// Looked through for what can be forgotten when it has grown to this.
    look_at: usize,
}

#[derive(Debug)]
struct Entry {
    count: Count,
    forgotten_at: i64,
}

impl LocalLimiter {
    /// How many callers are remembered, unless told otherwise.
    pub const MOST_CALLERS: usize = 100_000;

    /// One that remembers at most about so many callers. If more come at once, those are forgotten whose limits would be
    /// whole again soonest: memory stays bounded, and somebody with that many addresses is not stopped by counting them.
    pub fn new(most_callers: usize) -> Self {
        Self {
            shards: std::array::from_fn(|_| Mutex::default()),
            hasher: RandomState::new(),
            most_per_shard: most_callers.div_ceil(SHARDS).max(1),
        }
    }

    /// Decides about one request of this caller, and counts it if it is admitted. Takes about a microsecond.
    pub fn check(&self, caller: &str, quota: &Quota, now: Timestamp) -> Decision {
        let at = usize::try_from(self.hasher.hash_one(caller) % SHARDS as u64).unwrap_or(0);
        // Nothing in here panics half-way, and a count would be sound if it did.
        let mut shard = self.shards[at].lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = shard.counts.get_mut(caller) {
            return entry.decide(quota, now);
        }
        shard.make_room(self.most_per_shard, now);
        let mut entry = Entry { count: Count::default(), forgotten_at: 0 };
        let decision = entry.decide(quota, now);
        shard.counts.insert(caller.into(), entry);
        decision
    }

    /// How many callers it remembers.
    pub fn callers(&self) -> usize {
        let remembered =
            |shard: &Mutex<Shard>| shard.lock().unwrap_or_else(PoisonError::into_inner).counts.len();
        self.shards.iter().map(remembered).sum()
    }
}

impl Entry {
    fn decide(&mut self, quota: &Quota, now: Timestamp) -> Decision {
        self.forgotten_at = Count::forgotten_at(quota, now);
        self.count.decide(quota, now)
    }
}

impl Shard {
    fn make_room(&mut self, most: usize, now: Timestamp) {
        if self.counts.len() < self.look_at.clamp(WORTH_A_LOOK.min(most), most) {
            return;
        }
        self.counts.retain(|_, entry| entry.forgotten_at > now.as_millis());
        if self.counts.len() >= most {
            self.forget_a_quarter();
        }
        // Looking through all of it is paid for by as many newcomers as there are.
        self.look_at = 2 * self.counts.len();
    }

    fn forget_a_quarter(&mut self) {
        let mut times: Vec<i64> = self.counts.values().map(|entry| entry.forgotten_at).collect();
        let quarter = times.len() / 4;
        let (_, last, _) = times.select_nth_unstable(quarter);
        let (last, mut left) = (*last, quarter + 1);
        self.counts.retain(|_, entry| {
            let forget = entry.forgotten_at <= last && left > 0;
            left -= usize::from(forget);
            !forget
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
    fn callers_that_are_quiet_are_forgotten() {
        let limiter = LocalLimiter::new(LocalLimiter::MOST_CALLERS);
        for n in 0..10_000_i64 {
            // Each comes once, one a second: no more than a minute of them matters.
            limiter.check(&n.to_string(), &quota(), Timestamp::from_millis(n * 1000));
        }
        assert!(limiter.callers() < SHARDS * (WORTH_A_LOOK + 1), "{} are remembered", limiter.callers());
    }

    #[test]
    fn more_callers_than_there_is_room_for_do_not_take_more() {
        let limiter = LocalLimiter::new(1000);
        for n in 0..20_000 {
            limiter.check(&n.to_string(), &quota(), Timestamp::from_millis(0));
            assert!(n > 2000 || limiter.callers() <= 1000 + SHARDS);
        }
        assert!((500..=1000 + SHARDS).contains(&limiter.callers()), "{} are remembered", limiter.callers());
    }
}
