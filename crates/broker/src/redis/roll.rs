//! Who is about, and how much there is to do.

use std::collections::{BTreeSet, HashMap};

use model::{PoolKind, Priority, QueueStats, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Core, link::Twice, script};
use crate::{Attempt, BrokerError, Claimant, tally::Tally};

/// All pools, in the order in which `stats.lua` is asked for them.
const POOLS: [PoolKind; 3] = [PoolKind::Container, PoolKind::Microvm, PoolKind::Trusted];

/// What is known of a worker's pool.
#[derive(Debug, Serialize, Deserialize)]
struct Present {
    slots: u32,
}

/// Notes that these claimants are about.
pub(super) async fn present(core: &Core, claimants: &[&Claimant]) -> Result<(), BrokerError> {
    let mut call = core.call(&script::ROLL);
    for claimant in claimants {
        for (pool, slots) in &claimant.pools {
            let present =
                serde_json::to_vec(&Present { slots: *slots }).map_err(super::unwritten("note a worker"))?;
            call = call.arg(member(*pool, claimant.worker.as_str())).arg(present);
        }
    }
    core.link.ask(&call, Twice::Harmless, "note a worker").await
}

/// Notes that the workers of these attempts are still about.
pub(super) async fn still(core: &Core, attempts: &[Attempt]) -> Result<(), BrokerError> {
    let workers: BTreeSet<&str> = attempts.iter().map(|attempt| attempt.worker.as_str()).collect();
    let mut call = core.call(&script::ROLL);
    for worker in workers {
        for pool in POOLS {
            call = call.arg(member(pool, worker)).arg("");
        }
    }
    core.link.ask(&call, Twice::Harmless, "note a worker").await
}

fn member(pool: PoolKind, worker: &str) -> String {
    format!("{}|{worker}", pool.as_str())
}

/// The answer of `stats.lua`.
type Numbers = (i64, u64, HashMap<String, i64>, Vec<String>, Vec<String>, Vec<Option<Vec<u8>>>);

/// Numbers for people and scalers.
pub(super) async fn stats(core: &Core) -> Result<QueueStats, BrokerError> {
    let mut call = core.call(&script::STATS).arg(core.lease_ms());
    for pool in POOLS {
        call = call.arg(pool.as_str());
    }
    let (now, dead_letters, counts, oldest, seen, present): Numbers =
        core.link.ask(&call, Twice::Harmless, "look at the queue").await?;
    let mut tally = Tally::at(Timestamp::from_millis(now));
    for (pool, oldest) in POOLS.into_iter().zip(oldest) {
        count(&mut tally, pool, &counts);
        if let Ok(since) = oldest.parse() {
            tally.waiting_since(pool, Timestamp::from_millis(since));
        }
    }
    for (member, present) in seen.iter().zip(present) {
        let pool = POOLS.into_iter().find(|pool| member.split('|').next() == Some(pool.as_str()));
        let present = present.and_then(|present| serde_json::from_slice::<Present>(&present).ok());
        if let (Some(pool), Some(Present { slots })) = (pool, present) {
            tally.worker(pool, slots);
        }
    }
    Ok(QueueStats { pools: tally.into_pools(), dead_letters })
}

fn count(tally: &mut Tally, pool: PoolKind, counts: &HashMap<String, i64>) {
    let of = |what: String| {
        counts.get(&what).and_then(|count| u64::try_from(*count).ok()).filter(|count| *count > 0)
    };
    for priority in [Priority::High, Priority::Normal, Priority::Low] {
        if let Some(count) = of(format!("waiting|{}|{}", pool.as_str(), priority.as_str())) {
            tally.waiting(pool, priority, count);
        }
    }
    for _ in 0..of(format!("running|{}", pool.as_str())).unwrap_or_default() {
        tally.running(pool);
    }
}
