//! Limit of record locks that a run may hold at once. The kernel has no such limit and accounts their memory to nobody.

use std::time::Duration;

use kernel::{KernelError, RecordLocks};

/// How many a run may hold; with more it ends as one that took too much memory. A database holds some ten.
pub(super) const MAX_RECORD_LOCKS: u64 = 4096;
/// Bytes of the kernel's for each: `struct file_lock`, of which the size differs a little between kernels.
const LOCK_BYTES: u64 = 256;
/// They are counted whenever the run has taken so much more time of the kernel's, in which it can make some 10,000: counting
/// takes longer than all else that is looked at.
const COUNT_INTERVAL: Duration = Duration::from_millis(20);

/// Counts the locks of one run.
pub(super) struct LockMeter<'a> {
    locks: &'a RecordLocks,
    /// Time of the kernel's at which they were counted last.
    counted_at: Duration,
    peak: u64,
}

impl<'a> LockMeter<'a> {
    /// Of a run that has just begun.
    pub(super) const fn new(locks: &'a RecordLocks) -> Self {
        Self { locks, counted_at: Duration::ZERO, peak: 0 }
    }

    /// Whether a run that has taken this much of the kernel's time holds more than it may.
    pub(super) fn exceeds_limit(&mut self, system: Duration) -> Result<bool, KernelError> {
        if system.saturating_sub(self.counted_at) >= COUNT_INTERVAL {
            self.counted_at = system;
            self.peak = self.peak.max(self.locks.count(MAX_RECORD_LOCKS + 1)?);
        }
        Ok(self.peak > MAX_RECORD_LOCKS)
    }

    /// What the most that were seen at once took, in bytes.
    pub(super) const fn peak_memory(&self) -> u64 {
        self.peak * LOCK_BYTES
    }
}
