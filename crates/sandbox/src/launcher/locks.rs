//! Limit of record locks that a run may hold at once. The kernel has no such limit and accounts their memory to nobody.

use std::time::Duration;

use kernel::{KernelError, RecordLocks};

/// Maximum of a run, which otherwise ends at the memory limit. A database holds some ten.
pub(super) const MAX_RECORD_LOCKS: u64 = 4096;
/// Memory of one lock: `struct file_lock`, whose size differs slightly between kernels.
const LOCK_BYTES: u64 = 256;
/// System CPU time between two counts, in which a run can make some 10,000 locks. Counting takes longer than all other checks.
const COUNT_INTERVAL: Duration = Duration::from_millis(20);

/// Counts the locks of one run.
pub(super) struct LockMeter<'a> {
    locks: &'a RecordLocks,
    /// System CPU time of the run at the last count.
    counted_at: Duration,
    peak: u64,
}

impl<'a> LockMeter<'a> {
    /// A meter for a new run.
    pub(super) const fn new(locks: &'a RecordLocks) -> Self {
        Self { locks, counted_at: Duration::ZERO, peak: 0 }
    }

    /// Whether a run that has used this much system CPU time holds too many locks.
    pub(super) fn exceeds_limit(&mut self, system: Duration) -> Result<bool, KernelError> {
        if system.saturating_sub(self.counted_at) >= COUNT_INTERVAL {
            self.counted_at = system;
            self.peak = self.peak.max(self.locks.count(MAX_RECORD_LOCKS + 1)?);
        }
        Ok(self.peak > MAX_RECORD_LOCKS)
    }

    /// Memory of the highest count, in bytes.
    pub(super) const fn peak_memory(&self) -> u64 {
        self.peak * LOCK_BYTES
    }
}
