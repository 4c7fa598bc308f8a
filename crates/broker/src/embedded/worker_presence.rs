//! Worker presence: active workers by last heartbeat. A claim or a renewal is a heartbeat; a worker is active
//! for one lease time after it.

use std::{collections::BTreeMap, time::Duration};

use model::{PoolKind, Timestamp, ToolchainInfo, WorkerName};

use crate::Claimant;

/// The known workers.
#[derive(Debug, Default)]
pub(super) struct WorkerPresence(BTreeMap<WorkerName, WorkerRecord>);

#[derive(Debug)]
struct WorkerRecord {
    /// Slots and last heartbeat of each pool. A worker may claim for its pools separately.
    pools: BTreeMap<PoolKind, (u32, Timestamp)>,
    offers: Vec<ToolchainInfo>,
    preparing: Vec<ToolchainInfo>,
}

impl WorkerPresence {
    /// Records a claim. Returns whether the worker's toolchains have changed.
    pub(super) fn heartbeat(&mut self, claimant: &Claimant, now: Timestamp) -> bool {
        let new = || WorkerRecord { pools: BTreeMap::new(), offers: Vec::new(), preparing: Vec::new() };
        let record = self.0.entry(claimant.worker.clone()).or_insert_with(new);
        record.pools.extend(claimant.pools.iter().map(|(pool, slots)| (*pool, (*slots, now))));
        if record.preparing != claimant.preparing {
            record.preparing.clone_from(&claimant.preparing);
        }
        let offers_changed = record.offers != claimant.offers;
        if offers_changed {
            record.offers.clone_from(&claimant.offers);
        }
        offers_changed
    }

    pub(super) fn renew(&mut self, worker: &WorkerName, now: Timestamp) {
        if let Some(record) = self.0.get_mut(worker) {
            record.pools.values_mut().for_each(|(_, at)| *at = now);
        }
    }

    pub(super) fn evict_idle(&mut self, time: Duration, now: Timestamp) {
        self.0.retain(|_, record| {
            record.pools.retain(|_, (_, at)| now.since(*at) <= time);
            !record.pools.is_empty()
        });
    }

    /// The workers with a heartbeat within this time.
    pub(super) fn active_within(&self, time: Duration, now: Timestamp) -> Vec<Claimant> {
        let active = self.0.iter().map(|(worker, record)| {
            let recent = record.pools.iter().filter(|(_, (_, at))| now.since(*at) <= time);
            let pools = recent.map(|(pool, (slots, _))| (*pool, *slots)).collect();
            let (offers, preparing) = (record.offers.clone(), record.preparing.clone());
            Claimant { worker: worker.clone(), pools, offers, preparing }
        });
        active.filter(|claimant| !claimant.pools.is_empty()).collect()
    }
}
