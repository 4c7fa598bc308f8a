//! What a run uses while it runs: the kernel's counters, or, where there are none, counts of its processes.

use std::time::{Duration, Instant};

use kernel::{
    Census, KernelError, RecordLocks,
    cgroup::{CgroupControls, CgroupCounters, CpuQuota, CpuWeight},
};
use model::Limits;

use super::locks::LockMeter;
use crate::protocol::InitFacts;

/// How long a count of processes may be off the limit of memory: what is taken in that time is noticed afterwards.
const BETWEEN_COUNTS: Duration = Duration::from_millis(2);
/// Counting takes at most one part in so many of a processor, also where there is much to count.
const COUNTING_SHARE: u32 = 10;

/// Looks at one run.
pub(super) struct Meter<'a> {
    counters: Counters<'a>,
    locks: LockMeter<'a>,
}

enum Counters<'a> {
    /// A cgroup's counters, and what they said before.
    Kernel(&'a CgroupControls, CgroupCounters),
    /// Counts, and how long the last one took.
    Samples(&'a mut Census, Duration),
}

/// How a run stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Standing {
    pub(super) cpu: Duration,
    pub(super) out_of_memory: bool,
    pub(super) too_many_processes: bool,
}

/// What it came to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Total {
    pub(super) cpu: Duration,
    /// The peak, in bytes.
    pub(super) memory: u64,
    pub(super) out_of_memory: bool,
    pub(super) fork_refused: bool,
}

impl<'a> Meter<'a> {
    /// To be called before the run: what has been used up to now is not its.
    pub(super) fn begin(
        controls: &'a CgroupControls,
        census: Option<&'a mut Census>,
        locks: &'a RecordLocks,
    ) -> Result<Self, KernelError> {
        let counters = match census {
            None => Counters::Kernel(controls, controls.read()?),
            Some(census) => {
                census.begin()?;
                Counters::Samples(census, Duration::ZERO)
            }
        };
        Ok(Self { counters, locks: LockMeter::new(locks) })
    }

    /// How it stands now.
    pub(super) fn read(&mut self, limits: &Limits) -> Result<Standing, KernelError> {
        let (standing, system) = match &mut self.counters {
            Counters::Kernel(controls, before) => {
                let now = controls.read()?;
                let standing = Standing {
                    cpu: now.cpu.saturating_sub(before.cpu),
                    out_of_memory: now.oom_kills > before.oom_kills,
                    too_many_processes: now.forks_refused > before.forks_refused,
                };
                (standing, now.system.saturating_sub(before.system))
            }
            Counters::Samples(census, took) => {
                let began = Instant::now();
                let now = census.count()?;
                *took = began.elapsed();
                let standing = Standing {
                    cpu: now.cpu,
                    out_of_memory: now.memory > limits.memory.get(),
                    too_many_processes: now.tasks > limits.processes,
                };
                // A count of processes does not tell what the kernel took of their time.
                (standing, now.cpu)
            }
        };
        let too_many_locks = self.locks.too_many(system)?;
        Ok(Standing { out_of_memory: standing.out_of_memory || too_many_locks, ..standing })
    }

    /// Gives the run this weight beside others from now on.
    pub(super) fn weigh(&self, weight: CpuWeight) -> Result<(), KernelError> {
        match &self.counters {
            Counters::Kernel(controls, _) => controls.set_cpu_weight(weight),
            // Without groups there is nothing to weigh.
            Counters::Samples(..) => Ok(()),
        }
    }

    /// Gives the run at most this share of the processors from now on.
    pub(super) fn hold(&self, share: CpuQuota) -> Result<(), KernelError> {
        match &self.counters {
            Counters::Kernel(controls, _) => controls.set_cpu_quota(share),
            // Without groups there is nothing to hold.
            Counters::Samples(..) => Ok(()),
        }
    }

    /// Holds it no more, and tells for how long it was held back.
    pub(super) fn release(&self) -> Result<Duration, KernelError> {
        match &self.counters {
            Counters::Kernel(controls, _) => controls.lift_cpu_quota(),
            Counters::Samples(..) => Ok(Duration::ZERO),
        }
    }

    /// For how long nobody need look: the kernel enforces limits of memory by itself, a count does not.
    pub(super) fn patience(&self, most: Duration) -> Duration {
        match &self.counters {
            Counters::Kernel(..) => most,
            Counters::Samples(_, took) => BETWEEN_COUNTS.max(*took * COUNTING_SHARE).min(most),
        }
    }

    /// What it came to, when it is over and `seen` by init.
    pub(super) fn total(&mut self, seen: &InitFacts, limits: &Limits) -> Result<Total, KernelError> {
        let total = match &mut self.counters {
            Counters::Kernel(controls, before) => {
                let now = controls.read()?;
                Total {
                    cpu: now.cpu.saturating_sub(before.cpu),
                    memory: controls.memory_peak()?.unwrap_or(0),
                    out_of_memory: now.oom_kills > before.oom_kills,
                    fork_refused: now.forks_refused > before.forks_refused,
                }
            }
            Counters::Samples(census, _) => Total {
                // Nobody is left but those that init has reaped, which it knows exactly.
                cpu: census.count()?.cpu.max(seen.reaped_cpu),
                memory: census.peak(),
                out_of_memory: census.peak() > limits.memory.get(),
                fork_refused: false,
            },
        };
        let memory = total.memory.saturating_add(self.locks.most_memory());
        Ok(Total { memory, ..total })
    }
}
