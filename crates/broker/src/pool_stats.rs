//! Pool statistics: builder for the counts of waiting, running and workers by pool.

use std::collections::BTreeMap;

use model::{PoolKind, PoolStats, Priority, QueueLengths, Timestamp};

/// Pool statistics under construction.
pub(crate) struct PoolStatsBuilder {
    now: Timestamp,
    pools: BTreeMap<PoolKind, PoolStats>,
}

impl PoolStatsBuilder {
    pub(crate) fn new(now: Timestamp) -> Self {
        Self { now, pools: BTreeMap::new() }
    }

    pub(crate) fn add_waiting(&mut self, pool: PoolKind, priority: Priority, count: u64) {
        let waiting = &mut self.pool(pool).waiting;
        match priority {
            Priority::High => waiting.high += count,
            Priority::Normal => waiting.normal += count,
            Priority::Low => waiting.low += count,
        }
    }

    pub(crate) fn add_waiting_since(&mut self, pool: PoolKind, since: Timestamp) {
        let waited = u64::try_from(self.now.since(since).as_millis()).unwrap_or(u64::MAX);
        let stats = self.pool(pool);
        stats.oldest_wait_ms = stats.oldest_wait_ms.max(waited);
    }

    pub(crate) fn add_running(&mut self, pool: PoolKind) {
        self.pool(pool).running += 1;
    }

    pub(crate) fn add_worker(&mut self, pool: PoolKind, slots: u32) {
        let stats = self.pool(pool);
        stats.workers += 1;
        stats.slots += u64::from(slots);
    }

    pub(crate) fn build(self) -> Vec<PoolStats> {
        self.pools.into_values().collect()
    }

    fn pool(&mut self, pool: PoolKind) -> &mut PoolStats {
        let waiting = QueueLengths::default();
        let none = PoolStats { pool, waiting, running: 0, oldest_wait_ms: 0, workers: 0, slots: 0 };
        self.pools.entry(pool).or_insert(none)
    }
}
