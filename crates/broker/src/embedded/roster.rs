//! Which workers are about, for the statistics. A worker is about while it claims or renews at least once a lease time.

use std::{collections::HashMap, time::Duration};

use model::{PoolKind, Timestamp, WorkerName};

use crate::Claimant;

/// When each worker was last seen, and with how many slots. By pool, because a worker may claim for its pools one by one.
#[derive(Debug, Default)]
pub(super) struct Roster(HashMap<(WorkerName, PoolKind), Seen>);

#[derive(Debug)]
struct Seen {
    slots: u32,
    at: Timestamp,
}

impl Roster {
    pub(super) fn claims(&mut self, claimant: &Claimant, now: Timestamp) {
        for (pool, slots) in &claimant.pools {
            self.0.insert((claimant.worker.clone(), *pool), Seen { slots: *slots, at: now });
        }
    }

    pub(super) fn renews(&mut self, worker: &WorkerName, now: Timestamp) {
        for ((name, _), seen) in &mut self.0 {
            if name == worker {
                seen.at = now;
            }
        }
    }

    pub(super) fn forget_unseen_for(&mut self, time: Duration, now: Timestamp) {
        self.0.retain(|_, seen| now.since(seen.at) <= time);
    }

    /// The pool and the slots there of each worker that was seen within this time.
    pub(super) fn seen_within(
        &self,
        time: Duration,
        now: Timestamp,
    ) -> impl Iterator<Item = (PoolKind, u32)> {
        self.0
            .iter()
            .filter(move |(_, seen)| now.since(seen.at) <= time)
            .map(|((_, pool), seen)| (*pool, seen.slots))
    }
}
