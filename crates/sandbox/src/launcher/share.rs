//! How fast a run may use its CPU time: as fast as it can at first, so that a short run, or the start of a runtime, does not wait;
//! then at the share of the processors that its limits give it, whether or not others want them.

use std::time::Duration;

use kernel::cgroup::CpuQuota;
use model::Cpus;

/// What a run may use at full speed: more than most programs of learners take, a virtual machine's start included.
pub(super) const FULL_SPEED: Duration = Duration::from_millis(250);

/// The share of a run that has used so much CPU time.
pub(super) fn after(cpu: Duration, cpus: Cpus) -> CpuQuota {
    if cpu < FULL_SPEED { CpuQuota::Unlimited } else { CpuQuota::Thousandths(cpus.get()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_held_to_its_share_once_it_is_not_short_any_more() {
        assert_eq!(after(Duration::ZERO, Cpus::HALF), CpuQuota::Unlimited);
        assert_eq!(
            after(FULL_SPEED.saturating_sub(Duration::from_nanos(1)), Cpus::HALF),
            CpuQuota::Unlimited
        );
        assert_eq!(after(FULL_SPEED, Cpus::HALF), CpuQuota::Thousandths(500));
    }
}
