//! Queue statistics: lengths, running jobs and slots by pool, priority and kind of job.

use crate::{JobKind, PoolKind, Priority};

/// Number of waiting jobs by priority.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct QueueLengths {
    /// High priority.
    pub high: u64,
    /// Normal priority.
    pub normal: u64,
    /// Low priority.
    pub low: u64,
}

impl QueueLengths {
    /// The sum over all priorities.
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

/// A snapshot of one pool's queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolStats {
    /// The pool.
    pub pool: PoolKind,
    /// Jobs waiting to be claimed, including those delayed before a retry.
    pub waiting: QueueLengths,
    /// Jobs claimed by a worker.
    pub running: u64,
    /// Waiting time of the oldest waiting job, in milliseconds; 0 if none waits.
    pub oldest_wait_ms: u64,
    /// Workers of this pool.
    pub workers: u64,
    /// Jobs that these workers can run at the same time.
    pub slots: u64,
}

/// A snapshot of all queues.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct QueueStats {
    /// One entry for each pool that has a worker or a job.
    pub pools: Vec<PoolStats>,
    /// Jobs in the dead-letter queue.
    pub dead_letters: u64,
    /// Waiting jobs in each of the two queues, over all pools.
    pub waiting: QueueLengthsByKind,
}

impl QueueStats {
    /// Counts one more waiting job.
    pub fn add_waiting(&mut self, pool: PoolKind, kind: JobKind, priority: Priority) {
        match kind {
            JobKind::Run => self.waiting.runs += 1,
            JobKind::Grade => self.waiting.gradings += 1,
        }
        if let Some(known) = self.pools.iter_mut().find(|known| known.pool == pool) {
            return known.waiting.add(priority);
        }
        let mut waiting = QueueLengths::default();
        waiting.add(priority);
        self.pools.push(PoolStats { pool, waiting, running: 0, oldest_wait_ms: 0, workers: 0, slots: 0 });
    }
}

/// Number of waiting jobs by kind, each of which has its own queue.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct QueueLengthsByKind {
    /// In the queue of runs.
    pub runs: u64,
    /// In the queue of gradings.
    pub gradings: u64,
}

impl QueueLengthsByKind {
    /// The number of this kind.
    pub const fn of(&self, kind: JobKind) -> u64 {
        match kind {
            JobKind::Run => self.runs,
            JobKind::Grade => self.gradings,
        }
    }
}
