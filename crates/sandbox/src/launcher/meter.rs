//! What a run uses while it runs: the kernel's counters, or, where there are none, counts of its processes.

use std::time::{Duration, Instant};

use kernel::{
    Census, KernelError,
    cgroup::{Controls, Reading, Share, Weight},
};
use model::Limits;

use crate::protocol::InitFacts;

/// How long a count of processes may be off the limit of memory: what is taken in that time is noticed afterwards.
const BETWEEN_COUNTS: Duration = Duration::from_millis(2);
/// Counting takes at most one part in so many of a processor, also where there is much to count.
const COUNTING_SHARE: u32 = 10;

/// Looks at one run.
pub(super) enum Meter<'a> {
    /// A cgroup's counters, and what they said before.
    Kernel(&'a Controls, Reading),
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
    pub(super) fn begin(controls: &'a Controls, census: Option<&'a mut Census>) -> Result<Self, KernelError> {
        match census {
            None => Ok(Self::Kernel(controls, controls.read()?)),
            Some(census) => {
                census.begin()?;
                Ok(Self::Samples(census, Duration::ZERO))
            }
        }
    }

    /// How it stands now.
    pub(super) fn read(&mut self, limits: &Limits) -> Result<Standing, KernelError> {
        match self {
            Self::Kernel(controls, before) => {
                let now = controls.read()?;
                Ok(Standing {
                    cpu: now.cpu.saturating_sub(before.cpu),
                    out_of_memory: now.oom_kills > before.oom_kills,
                    too_many_processes: now.forks_refused > before.forks_refused,
                })
            }
            Self::Samples(census, took) => {
                let began = Instant::now();
                let now = census.count()?;
                *took = began.elapsed();
                Ok(Standing {
                    cpu: now.cpu,
                    out_of_memory: now.memory > limits.memory.get(),
                    too_many_processes: now.tasks > limits.processes,
                })
            }
        }
    }

    /// Gives the run this weight beside others from now on.
    pub(super) fn weigh(&self, weight: Weight) -> Result<(), KernelError> {
        match self {
            Self::Kernel(controls, _) => controls.set_weight(weight),
            // Without groups there is nothing to weigh.
            Self::Samples(..) => Ok(()),
        }
    }

    /// Gives the run at most this share of the processors from now on.
    pub(super) fn hold(&self, share: Share) -> Result<(), KernelError> {
        match self {
            Self::Kernel(controls, _) => controls.hold(share),
            // Without groups there is nothing to hold.
            Self::Samples(..) => Ok(()),
        }
    }

    /// Holds it no more, and tells for how long it was held back.
    pub(super) fn release(&self) -> Result<Duration, KernelError> {
        match self {
            Self::Kernel(controls, _) => controls.release(),
            Self::Samples(..) => Ok(Duration::ZERO),
        }
    }

    /// For how long nobody need look: the kernel enforces limits of memory by itself, a count does not.
    pub(super) fn patience(&self, most: Duration) -> Duration {
        match self {
            Self::Kernel(..) => most,
            Self::Samples(_, took) => BETWEEN_COUNTS.max(*took * COUNTING_SHARE).min(most),
        }
    }

    /// What it came to, when it is over and `seen` by init.
    pub(super) fn total(&mut self, seen: &InitFacts, limits: &Limits) -> Result<Total, KernelError> {
        match self {
            Self::Kernel(controls, before) => {
                let now = controls.read()?;
                Ok(Total {
                    cpu: now.cpu.saturating_sub(before.cpu),
                    memory: controls.memory_peak()?.unwrap_or(0),
                    out_of_memory: now.oom_kills > before.oom_kills,
                    fork_refused: now.forks_refused > before.forks_refused,
                })
            }
            Self::Samples(census, _) => Ok(Total {
                // Nobody is left but those that init has reaped, which it knows exactly.
                cpu: census.count()?.cpu.max(seen.reaped_cpu),
                memory: census.peak(),
                out_of_memory: census.peak() > limits.memory.get(),
                fork_refused: false,
            }),
        }
    }
}
