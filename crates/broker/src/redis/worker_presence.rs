//! Worker presence: heartbeats of workers in Redis, with their pools and toolchains.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use model::{PoolKind, ToolchainInfo, WorkerName};
use serde::{Deserialize, Serialize};

use super::{
    connection::{Call, Retry},
    core::{Core, encode_error, millis},
    script,
    ticket_codec::{self, POOLS},
};
use crate::{Attempt, BrokerError, Claimant};

/// Stored properties of a worker's pool.
#[derive(Debug, Serialize, Deserialize)]
struct PresenceRecord {
    slots: u32,
    offers: Vec<ToolchainInfo>,
    /// Missing in records of an earlier release.
    #[serde(default)]
    preparing: Vec<ToolchainInfo>,
}

/// Retention of a version that no worker offers any more: tickets for it wait together for its return.
const OFFERED_VERSION_TTL: Duration = Duration::from_hours(24);

/// Sends heartbeats of these claimants. On return, waiting tickets are grouped by their versions, too.
pub(super) async fn heartbeat(core: &Core, claimants: &[&Claimant]) -> Result<(), BrokerError> {
    let pools = claimants.iter().map(|claimant| claimant.pools.len()).sum();
    let mut call = heartbeat_call(core, pools);
    for claimant in claimants {
        for (pool, slots) in &claimant.pools {
            let (offers, preparing) = (claimant.offers.clone(), claimant.preparing.clone());
            let present = serde_json::to_vec(&PresenceRecord { slots: *slots, offers, preparing })
                .map_err(encode_error("note a worker"))?;
            call = call.arg(member(*pool, claimant.worker.as_str())).arg(present);
        }
    }
    for offer in claimants.iter().flat_map(|claimant| &claimant.offers) {
        if let Some(version) = offer.version_numbers() {
            call = call.arg(offer.language.as_str()).arg(ticket_codec::sortable_version(version));
        }
    }
    core.connection.request(&call, Retry::Idempotent, "note a worker").await
}

/// Sends heartbeats of the workers of these attempts.
pub(super) async fn renew(core: &Core, attempts: &[Attempt]) -> Result<(), BrokerError> {
    let workers: BTreeSet<&str> = attempts.iter().map(|attempt| attempt.worker.as_str()).collect();
    let mut call = heartbeat_call(core, workers.len() * POOLS.len());
    for worker in workers {
        for pool in POOLS {
            call = call.arg(member(pool, worker)).arg("");
        }
    }
    core.connection.request(&call, Retry::Idempotent, "note a worker").await
}

/// The call for this number of pools.
fn heartbeat_call(core: &Core, pools: usize) -> Call {
    core.call(&script::HEARTBEAT).arg(millis(OFFERED_VERSION_TTL)).arg(pools)
}

fn member(pool: PoolKind, worker: &str) -> String {
    format!("{}|{worker}", pool.as_str())
}

/// Assembles workers from their pools, which are in the order of their heartbeats; the latest offers count.
pub(super) fn decode_workers(seen: &[String], present: Vec<Option<Vec<u8>>>) -> Vec<Claimant> {
    let mut workers = BTreeMap::new();
    for (member, present) in seen.iter().zip(present) {
        let named =
            member.split_once('|').and_then(|(pool, worker)| Some((ticket_codec::parse_pool(pool)?, worker)));
        // Records of a later release are skipped.
        let present = present.and_then(|present| serde_json::from_slice(&present).ok());
        if let (Some((pool, worker)), Some(PresenceRecord { slots, offers, preparing })) = (named, present) {
            let worker = WorkerName::new(worker);
            let new = Claimant {
                worker: worker.clone(),
                pools: Vec::new(),
                offers: Vec::new(),
                preparing: Vec::new(),
            };
            let claimant = workers.entry(worker).or_insert(new);
            claimant.pools.push((pool, slots));
            claimant.pools.sort_unstable();
            claimant.offers = offers;
            claimant.preparing = preparing;
        }
    }
    workers.into_values().collect()
}
