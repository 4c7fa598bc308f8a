//! Queue statistics: counts of waiting and running tickets by pool, read by one script.

use std::collections::HashMap;

use model::{JobKind, PoolKind, Priority, QueueLengthsByKind, QueueStats, Timestamp};

use super::{connection::Retry, core::Core, script, ticket_codec::POOLS, worker_presence::decode_workers};
use crate::{
    contract::{BrokerError, Claimant},
    pool_stats::PoolStatsBuilder,
};

/// The reply of `stats.lua`.
pub(super) type StatsReply = (i64, u64, HashMap<String, i64>, Vec<String>, Vec<String>, Vec<Option<Vec<u8>>>);

/// Statistics for operators and autoscalers.
pub(super) async fn queue_stats(core: &Core) -> Result<QueueStats, BrokerError> {
    let mut call = core.call(&script::STATS).arg(core.lease_ms());
    for pool in POOLS {
        call = call.arg(pool.as_str());
    }
    let (now, dead_letters, counts, oldest, seen, present): StatsReply =
        core.connection.request(&call, Retry::Idempotent, "read statistics").await?;
    let mut stats = PoolStatsBuilder::new(Timestamp::from_millis(now));
    for (pool, oldest) in POOLS.into_iter().zip(oldest) {
        count(&mut stats, pool, &counts);
        if let Ok(since) = oldest.parse() {
            stats.add_waiting_since(pool, Timestamp::from_millis(since));
        }
    }
    for (pool, slots) in decode_workers(&seen, present).into_iter().flat_map(|worker| worker.pools) {
        stats.add_worker(pool, slots);
    }
    let waiting = QueueLengthsByKind {
        runs: number(&counts, &format!("kind|{}", JobKind::Run.as_str())),
        gradings: number(&counts, &format!("kind|{}", JobKind::Grade.as_str())),
    };
    Ok(QueueStats { pools: stats.build(), dead_letters, waiting })
}

/// The active workers in the order of their names.
pub(super) async fn active_workers(core: &Core) -> Result<Vec<Claimant>, BrokerError> {
    let call = core.call(&script::STATS).arg(core.lease_ms());
    let (.., seen, present): StatsReply =
        core.connection.request(&call, Retry::Idempotent, "list workers").await?;
    Ok(decode_workers(&seen, present))
}

fn count(stats: &mut PoolStatsBuilder, pool: PoolKind, counts: &HashMap<String, i64>) {
    for priority in [Priority::High, Priority::Normal, Priority::Low] {
        let waiting = number(counts, &format!("waiting|{}|{}", pool.as_str(), priority.as_str()));
        if waiting > 0 {
            stats.add_waiting(pool, priority, waiting);
        }
    }
    for _ in 0..number(counts, &format!("running|{}", pool.as_str())) {
        stats.add_running(pool);
    }
}

fn number(counts: &HashMap<String, i64>, name: &str) -> u64 {
    counts.get(name).and_then(|count| u64::try_from(*count).ok()).unwrap_or(0)
}
