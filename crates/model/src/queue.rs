//! Pools, and what a queue looks like from outside.

use serde::{Deserialize, Serialize};

use crate::{JobKind, Priority};

/// Where a job runs, by the strength of isolation it needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PoolKind {
    /// Namespaces, cgroups and seccomp.
    Container,
    /// A hardware virtual machine.
    Microvm,
    /// A process with rlimits; internal and admin only.
    Trusted,
}

impl PoolKind {
    /// The pool's name on the wire, in tables and in metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Container => "container",
            Self::Microvm => "microvm",
            Self::Trusted => "trusted",
        }
    }
}

/// How many jobs wait, by priority.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Waiting {
    /// High priority.
    pub high: u64,
    /// Normal priority.
    pub normal: u64,
    /// Low priority.
    pub low: u64,
}

impl Waiting {
    /// All of them.
    pub const fn total(&self) -> u64 {
        self.high + self.normal + self.low
    }

    /// Counts one more.
    const fn add(&mut self, priority: Priority) {
        match priority {
            Priority::High => self.high += 1,
            Priority::Normal => self.normal += 1,
            Priority::Low => self.low += 1,
        }
    }
}

/// One pool's queue at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolStats {
    /// Which pool.
    pub pool: PoolKind,
    /// Jobs waiting to be claimed, those delayed before a retry included.
    pub waiting: Waiting,
    /// Jobs that a worker holds.
    pub running: u64,
    /// How long the oldest waiting job has waited, in milliseconds; 0 when none waits.
    pub oldest_wait_ms: u64,
    /// Workers that serve this pool.
    pub workers: u64,
    /// Jobs that these can run at once.
    pub slots: u64,
}

/// All queues at a moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct QueueStats {
    /// One entry for each pool that has a worker or a job.
    pub pools: Vec<PoolStats>,
    /// Jobs given up on.
    pub dead_letters: u64,
    /// How many jobs wait in each of the two queues, over all pools.
    pub waiting: WaitingByKind,
}

impl QueueStats {
    /// The same with one more job waiting.
    pub fn add_waiting(&mut self, pool: PoolKind, kind: JobKind, priority: Priority) {
        match kind {
            JobKind::Run => self.waiting.runs += 1,
            JobKind::Grade => self.waiting.gradings += 1,
        }
        if let Some(known) = self.pools.iter_mut().find(|known| known.pool == pool) {
            return known.waiting.add(priority);
        }
        let mut waiting = Waiting::default();
        waiting.add(priority);
        self.pools.push(PoolStats { pool, waiting, running: 0, oldest_wait_ms: 0, workers: 0, slots: 0 });
    }
}

/// How many jobs wait, by the queue that they are in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct WaitingByKind {
    /// In the queue of runs.
    pub runs: u64,
    /// In the queue of gradings.
    pub gradings: u64,
}

impl WaitingByKind {
    /// How many of this kind.
    pub const fn of(&self, kind: JobKind) -> u64 {
        match kind {
            JobKind::Run => self.runs,
            JobKind::Grade => self.gradings,
        }
    }
}
