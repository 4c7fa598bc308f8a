//! The workers that are about, and how much there is to do.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    time::Duration,
};

use model::{
    JobKind, PoolKind, Priority, QueueLengthsByKind, QueueStats, Timestamp, ToolchainInfo, WorkerName,
};
use serde::{Deserialize, Serialize};

use super::{
    Core,
    form::{self, POOLS},
    link::{Call, Twice},
    millis, script,
};
use crate::{Attempt, BrokerError, Claimant, tally::Tally};

/// What is known of a worker's pool.
#[derive(Debug, Serialize, Deserialize)]
struct Present {
    slots: u32,
    offers: Vec<ToolchainInfo>,
    /// Workers of an earlier release do not say.
    #[serde(default)]
    to_come: Vec<ToolchainInfo>,
}

/// How long a version is remembered that no worker offers any more: tickets for it wait together for its return.
const KEEP_OFFERED: Duration = Duration::from_hours(24);

/// Notes that these claimants are about. Tickets that wait are filed by what they offer, too, when this returns.
pub(super) async fn present(core: &Core, claimants: &[&Claimant]) -> Result<(), BrokerError> {
    let pools = claimants.iter().map(|claimant| claimant.pools.len()).sum();
    let mut call = call(core, pools);
    for claimant in claimants {
        for (pool, slots) in &claimant.pools {
            let (offers, to_come) = (claimant.offers.clone(), claimant.to_come.clone());
            let present = serde_json::to_vec(&Present { slots: *slots, offers, to_come })
                .map_err(super::unwritten("note a worker"))?;
            call = call.arg(member(*pool, claimant.worker.as_str())).arg(present);
        }
    }
    for offer in claimants.iter().flat_map(|claimant| &claimant.offers) {
        if let Some(version) = offer.version_numbers() {
            call = call.arg(offer.language.as_str()).arg(form::digits(version));
        }
    }
    core.link.ask(&call, Twice::Harmless, "note a worker").await
}

/// Notes that the workers of these attempts are still about.
pub(super) async fn still(core: &Core, attempts: &[Attempt]) -> Result<(), BrokerError> {
    let workers: BTreeSet<&str> = attempts.iter().map(|attempt| attempt.worker.as_str()).collect();
    let mut call = call(core, workers.len() * POOLS.len());
    for worker in workers {
        for pool in POOLS {
            call = call.arg(member(pool, worker)).arg("");
        }
    }
    core.link.ask(&call, Twice::Harmless, "note a worker").await
}

/// The call, for so many pools of workers.
fn call(core: &Core, pools: usize) -> Call {
    core.call(&script::ROLL).arg(millis(KEEP_OFFERED)).arg(pools)
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
    for (pool, slots) in about(&seen, present).into_iter().flat_map(|worker| worker.pools) {
        tally.worker(pool, slots);
    }
    let waiting = QueueLengthsByKind {
        runs: number(&counts, &format!("kind|{}", JobKind::Run.as_str())),
        gradings: number(&counts, &format!("kind|{}", JobKind::Grade.as_str())),
    };
    Ok(QueueStats { pools: tally.into_pools(), dead_letters, waiting })
}

/// The workers that are about, in the order of their names.
pub(super) async fn workers(core: &Core) -> Result<Vec<Claimant>, BrokerError> {
    let call = core.call(&script::STATS).arg(core.lease_ms());
    let (.., seen, present): Numbers = core.link.ask(&call, Twice::Harmless, "ask who is about").await?;
    Ok(about(&seen, present))
}

/// Puts workers together from their pools, given in the order in which they were seen: what was offered last counts.
fn about(seen: &[String], present: Vec<Option<Vec<u8>>>) -> Vec<Claimant> {
    let mut workers = BTreeMap::new();
    for (member, present) in seen.iter().zip(present) {
        let named = member.split_once('|').and_then(|(pool, worker)| Some((form::pool(pool)?, worker)));
        // What only a later version understands is not for us to count.
        let present = present.and_then(|present| serde_json::from_slice(&present).ok());
        if let (Some((pool, worker)), Some(Present { slots, offers, to_come })) = (named, present) {
            let worker = WorkerName::new(worker);
            let new = Claimant {
                worker: worker.clone(),
                pools: Vec::new(),
                offers: Vec::new(),
                to_come: Vec::new(),
            };
            let claimant = workers.entry(worker).or_insert(new);
            claimant.pools.push((pool, slots));
            claimant.pools.sort_unstable();
            claimant.offers = offers;
            claimant.to_come = to_come;
        }
    }
    workers.into_values().collect()
}

fn count(tally: &mut Tally, pool: PoolKind, counts: &HashMap<String, i64>) {
    for priority in [Priority::High, Priority::Normal, Priority::Low] {
        let waiting = number(counts, &format!("waiting|{}|{}", pool.as_str(), priority.as_str()));
        if waiting > 0 {
            tally.waiting(pool, priority, waiting);
        }
    }
    for _ in 0..number(counts, &format!("running|{}", pool.as_str())) {
        tally.running(pool);
    }
}

fn number(counts: &HashMap<String, i64>, name: &str) -> u64 {
    counts.get(name).and_then(|count| u64::try_from(*count).ok()).unwrap_or(0)
}
