//! Queue gauges: statistics of the queue as metrics.

use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use metrics::gauge;
use model::{PoolKind, PoolStats, QueueLengths, QueueStats};

/// Exports queue statistics as gauges.
#[derive(Debug, Default)]
pub(crate) struct QueueGauges {
    /// All pools exported so far: a pool without workers and jobs is missing in the statistics, and its gauges must fall to 0.
    pools: Mutex<BTreeSet<PoolKind>>,
}

impl QueueGauges {
    pub(crate) fn update(&self, stats: &QueueStats) {
        let mut pools = self.pools.lock().unwrap_or_else(PoisonError::into_inner);
        pools.extend(stats.pools.iter().map(|pool| pool.pool));
        for pool in pools.iter() {
            let stats_of_pool = stats.pools.iter().find(|one| one.pool == *pool);
            update_pool(stats_of_pool.unwrap_or(&empty(*pool)));
        }
        gauge!("coderunner_queue_dead_letters").set(value(stats.dead_letters));
    }
}

fn update_pool(pool: &PoolStats) {
    let name = pool.pool.as_str();
    let QueueLengths { high, normal, low } = pool.waiting;
    for (priority, count) in [("high", high), ("normal", normal), ("low", low)] {
        gauge!("coderunner_queue_waiting_jobs", "pool" => name, "priority" => priority).set(value(count));
    }
    gauge!("coderunner_queue_running_jobs", "pool" => name).set(value(pool.running));
    gauge!("coderunner_queue_oldest_wait_seconds", "pool" => name)
        .set(Duration::from_millis(pool.oldest_wait_ms).as_secs_f64());
    gauge!("coderunner_queue_workers", "pool" => name).set(value(pool.workers));
    gauge!("coderunner_queue_slots", "pool" => name).set(value(pool.slots));
}

const fn empty(pool: PoolKind) -> PoolStats {
    let waiting = QueueLengths { high: 0, normal: 0, low: 0 };
    PoolStats { pool, waiting, running: 0, oldest_wait_ms: 0, workers: 0, slots: 0 }
}

/// Counts of jobs are far below the limit of exact integers in a float.
#[expect(clippy::cast_precision_loss)]
const fn value(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use metrics_exporter_prometheus::PrometheusBuilder;

    use super::*;

    #[test]
    fn a_pool_that_has_nothing_any_more_falls_to_zero() {
        let recorder = PrometheusBuilder::new().build_recorder();
        let page = recorder.handle();
        let gauges = QueueGauges::default();
        let show = |pools| {
            let stats = QueueStats { pools, ..QueueStats::default() };
            metrics::with_local_recorder(&recorder, || gauges.update(&stats));
            page.render()
        };
        let busy = PoolStats { running: 2, workers: 1, ..empty(PoolKind::Microvm) };
        let with_jobs = show(vec![busy]);
        assert!(with_jobs.contains("coderunner_queue_running_jobs{pool=\"microvm\"} 2"), "{with_jobs}");
        let without = show(Vec::new());
        for gauge in ["running_jobs", "workers"] {
            let line = format!("coderunner_queue_{gauge}{{pool=\"microvm\"}} 0");
            assert!(without.contains(&line), "{line} is not in {without}");
        }
    }
}
