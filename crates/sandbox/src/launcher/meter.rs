//! Meter of resource usage during a run: the counters of a cgroup, or samples of the processes if there is none.

use std::time::{Duration, Instant};

use kernel::{
    Census, KernelError, RecordLocks,
    cgroup::{Controls, Reading, Share, Weight},
};
use model::Limits;

use super::locks::LockMeter;
use crate::protocol::InitFacts;

/// How long a count of processes may be off the limit of memory: what is taken in that time is noticed afterwards.
const SAMPLE_INTERVAL: Duration = Duration::from_millis(2);
/// Counting takes at most one part in so many of a processor, also where there is much to count.
const SAMPLING_SHARE: u32 = 10;

/// Looks at one run.
pub(super) struct Meter<'a> {
    counters: Counters<'a>,
    locks: LockMeter<'a>,
}

enum Counters<'a> {
    /// A cgroup's counters, and what they said before.
    Cgroup(&'a Controls, Reading),
    /// Counts, and how long the last one took.
    Sampling(&'a mut Census, Duration),
}

/// How a run stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct CurrentUsage {
    pub(super) cpu: Duration,
    pub(super) out_of_memory: bool,
    pub(super) too_many_processes: bool,
}

/// What it came to.
#[derive(Debug, Clone, Copy)]
pub(super) struct TotalUsage {
    pub(super) cpu: Duration,
    /// The peak, in bytes.
    pub(super) memory: u64,
    pub(super) out_of_memory: bool,
    pub(super) fork_refused: bool,
}

impl<'a> Meter<'a> {
    /// To be called before the run: what has been used up to now is not its.
    pub(super) fn begin(
        controls: &'a Controls,
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

    /// How it stands now.
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
                // A count of processes does not tell what the kernel took of their time.
                (standing, now.cpu)
            }
        };
        let too_many_locks = self.locks.exceeds_limit(system)?;
        Ok(CurrentUsage { out_of_memory: standing.out_of_memory || too_many_locks, ..standing })
    }

    /// Gives the run this weight beside others from now on.
    pub(super) fn set_weight(&self, weight: Weight) -> Result<(), KernelError> {
        match &self.counters {
            Counters::Cgroup(controls, _) => controls.set_weight(weight),
            // Without groups there is nothing to weigh.
            Counters::Sampling(..) => Ok(()),
        }
    }

    /// Gives the run at most this share of the processors from now on.
    pub(super) fn throttle(&self, share: Share) -> Result<(), KernelError> {
        match &self.counters {
            Counters::Cgroup(controls, _) => controls.hold(share),
            // Without groups there is nothing to hold.
            Counters::Sampling(..) => Ok(()),
        }
    }

    /// Holds it no more, and tells for how long it was held back.
    pub(super) fn unthrottle(&self) -> Result<Duration, KernelError> {
        match &self.counters {
            Counters::Cgroup(controls, _) => controls.release(),
            Counters::Sampling(..) => Ok(Duration::ZERO),
        }
    }

    /// For how long nobody need look: the kernel enforces limits of memory by itself, a count does not.
    pub(super) fn max_interval(&self, most: Duration) -> Duration {
        match &self.counters {
            Counters::Cgroup(..) => most,
            Counters::Sampling(_, took) => SAMPLE_INTERVAL.max(*took * SAMPLING_SHARE).min(most),
        }
    }

    /// What it came to, when it is over and `seen` by init.
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
                // Nobody is left but those that init has reaped, which it knows exactly.
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
