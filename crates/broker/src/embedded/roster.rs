//! The workers that are about. A worker is while it claims or renews at least once a lease time.

use std::{collections::BTreeMap, time::Duration};

use model::{PoolKind, Timestamp, ToolchainInfo, WorkerName};

use crate::Claimant;

/// When each worker was last seen, and with what.
#[derive(Debug, Default)]
pub(super) struct Roster(BTreeMap<WorkerName, Seen>);

#[derive(Debug)]
struct Seen {
    /// With how many slots each, and when last. A worker may claim for its pools one by one.
    pools: BTreeMap<PoolKind, (u32, Timestamp)>,
    offers: Vec<ToolchainInfo>,
    to_come: Vec<ToolchainInfo>,
}

impl Roster {
    /// Notes that a worker claims. Returns whether it has other toolchains than before.
    pub(super) fn claims(&mut self, claimant: &Claimant, now: Timestamp) -> bool {
        let new = || Seen { pools: BTreeMap::new(), offers: Vec::new(), to_come: Vec::new() };
        let seen = self.0.entry(claimant.worker.clone()).or_insert_with(new);
        seen.pools.extend(claimant.pools.iter().map(|(pool, slots)| (*pool, (*slots, now))));
        if seen.to_come != claimant.to_come {
            seen.to_come.clone_from(&claimant.to_come);
        }
        let is_news = seen.offers != claimant.offers;
        if is_news {
            seen.offers.clone_from(&claimant.offers);
        }
        is_news
    }

    pub(super) fn renews(&mut self, worker: &WorkerName, now: Timestamp) {
        if let Some(seen) = self.0.get_mut(worker) {
            seen.pools.values_mut().for_each(|(_, at)| *at = now);
        }
    }

    pub(super) fn forget_unseen_for(&mut self, time: Duration, now: Timestamp) {
        self.0.retain(|_, seen| {
            seen.pools.retain(|_, (_, at)| now.since(*at) <= time);
            !seen.pools.is_empty()
        });
    }

    /// The workers that were seen within this time.
    pub(super) fn seen_within(&self, time: Duration, now: Timestamp) -> Vec<Claimant> {
        let about = self.0.iter().map(|(worker, seen)| {
            let recent = seen.pools.iter().filter(|(_, (_, at))| now.since(*at) <= time);
            let pools = recent.map(|(pool, (slots, _))| (*pool, *slots)).collect();
            let (offers, to_come) = (seen.offers.clone(), seen.to_come.clone());
            Claimant { worker: worker.clone(), pools, offers, to_come }
        });
        about.filter(|claimant| !claimant.pools.is_empty()).collect()
    }
}
