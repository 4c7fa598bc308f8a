//! Usage meter during a run: the counters of a cgroup, or samples of the processes if there is none.

use std::time::{Duration, Instant};

use kernel::{
    Census, KernelError, RecordLocks,
    cgroup::{CgroupControls, CgroupCounters, CpuQuota, CpuWeight},
};
use model::Limits;

use super::locks::LockMeter;
use crate::protocol::InitFacts;

/// Interval between two samples: an excess of memory is noticed that late.
const SAMPLE_INTERVAL: Duration = Duration::from_millis(2);
/// Sampling takes at most one part in this many of a processor.
const SAMPLING_SHARE: u32 = 10;

/// Usage meter of one run.
pub(super) struct UsageMeter<'a> {
    counters: Counters<'a>,
    locks: LockMeter<'a>,
}

enum Counters<'a> {
    /// Counters of a cgroup, and their values before the run.
    Cgroup(&'a CgroupControls, CgroupCounters),
    /// Samples, and the duration of the last one.
    Sampling(&'a mut Census, Duration),
}

/// Usage so far.
#[derive(Debug, Clone, Copy)]
pub(super) struct CurrentUsage {
    pub(super) cpu: Duration,
    pub(super) out_of_memory: bool,
    pub(super) too_many_processes: bool,
}

/// Usage of a complete run.
#[derive(Debug, Clone, Copy)]
pub(super) struct TotalUsage {
    pub(super) cpu: Duration,
    /// Peak memory in bytes.
    pub(super) memory: u64,
    pub(super) out_of_memory: bool,
    pub(super) fork_refused: bool,
}

impl<'a> UsageMeter<'a> {
    /// Starts to measure a run. To be called before it starts: usage up to now does not count.
    pub(super) fn begin(
        controls: &'a CgroupControls,
        census: Option<&'a mut Census>,
        locks: &'a RecordLocks,
    ) -> Result<Self, KernelError> {
        let counters = match census {
            None => Counters::Cgroup(controls, controls.read()?),
            Some(census) => {
                census.begin()?;
                Counters::Sampling(census, Duration::ZERO)
            }
        };
        Ok(Self { counters, locks: LockMeter::new(locks) })
    }

    /// Usage so far.
    pub(super) fn read(&mut self, limits: &Limits) -> Result<CurrentUsage, KernelError> {
        let (standing, system) = match &mut self.counters {
            Counters::Cgroup(controls, before) => {
                let now = controls.read()?;
                let standing = CurrentUsage {
                    cpu: now.cpu.saturating_sub(before.cpu),
                    out_of_memory: now.oom_kills > before.oom_kills,
                    too_many_processes: now.forks_refused > before.forks_refused,
                };
                (standing, now.system.saturating_sub(before.system))
            }
            Counters::Sampling(census, took) => {
                let began = Instant::now();
                let now = census.count()?;
                *took = began.elapsed();
                let standing = CurrentUsage {
                    cpu: now.cpu,
                    out_of_memory: now.memory > limits.memory.get(),
                    too_many_processes: now.tasks > limits.processes,
                };
                // Samples have no separate system CPU time.
                (standing, now.cpu)
            }
        };
        let too_many_locks = self.locks.exceeds_limit(system)?;
        Ok(CurrentUsage { out_of_memory: standing.out_of_memory || too_many_locks, ..standing })
    }

    /// Sets the weight of the run among others.
    pub(super) fn set_weight(&self, weight: CpuWeight) -> Result<(), KernelError> {
        match &self.counters {
            Counters::Cgroup(controls, _) => controls.set_cpu_weight(weight),
            // Without cgroups there is no weight.
            Counters::Sampling(..) => Ok(()),
        }
    }

    /// Sets the maximum share of the processors.
    pub(super) fn throttle(&self, share: CpuQuota) -> Result<(), KernelError> {
        match &self.counters {
            Counters::Cgroup(controls, _) => controls.set_cpu_quota(share),
            // Without cgroups there is no maximum.
            Counters::Sampling(..) => Ok(()),
        }
    }

    /// Removes the maximum, and returns for how long the run was throttled.
    pub(super) fn unthrottle(&self) -> Result<Duration, KernelError> {
        match &self.counters {
            Counters::Cgroup(controls, _) => controls.lift_cpu_quota(),
            Counters::Sampling(..) => Ok(Duration::ZERO),
        }
    }

    /// Maximum time until the next check: the kernel enforces memory limits by itself, samples do not.
    pub(super) fn max_interval(&self, most: Duration) -> Duration {
        match &self.counters {
            Counters::Cgroup(..) => most,
            Counters::Sampling(_, took) => SAMPLE_INTERVAL.max(*took * SAMPLING_SHARE).min(most),
        }
    }

    /// Usage of the complete run. `seen` has the facts of init.
    pub(super) fn total(&mut self, seen: &InitFacts, limits: &Limits) -> Result<TotalUsage, KernelError> {
        let total = match &mut self.counters {
            Counters::Cgroup(controls, before) => {
                let now = controls.read()?;
                TotalUsage {
                    cpu: now.cpu.saturating_sub(before.cpu),
                    memory: controls.memory_peak()?.unwrap_or(0),
                    out_of_memory: now.oom_kills > before.oom_kills,
                    fork_refused: now.forks_refused > before.forks_refused,
                }
            }
            Counters::Sampling(census, _) => TotalUsage {
                // No process is left, and init knows the usage of all that it reaped.
                cpu: census.count()?.cpu.max(seen.reaped_cpu),
                memory: census.peak(),
                out_of_memory: census.peak() > limits.memory.get(),
                fork_refused: false,
            },
        };
        let memory = total.memory.saturating_add(self.locks.peak_memory());
        Ok(TotalUsage { memory, ..total })
    }
}
