//! `CpuQuota` of the processors of a run: full speed at first, so that short runs and the start of a runtime do not wait; then
//! the share that the limits give it, even on an idle machine.

use std::time::Duration;

use kernel::cgroup::CpuQuota;
use model::Cpus;

/// CPU time at full speed: more than most programs of learners take, including the start of a virtual machine.
pub(super) const FULL_SPEED_TIME: Duration = Duration::from_millis(250);

/// The share of a run that has used this much CPU time.
pub(super) fn share_after(cpu: Duration, cpus: Cpus) -> CpuQuota {
    if cpu < FULL_SPEED_TIME { CpuQuota::Unlimited } else { CpuQuota::Thousandths(cpus.get()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_held_to_its_share_once_it_is_not_short_any_more() {
        assert_eq!(share_after(Duration::ZERO, Cpus::HALF), CpuQuota::Unlimited);
        assert_eq!(
            share_after(FULL_SPEED_TIME.saturating_sub(Duration::from_nanos(1)), Cpus::HALF),
            CpuQuota::Unlimited
        );
        assert_eq!(share_after(FULL_SPEED_TIME, Cpus::HALF), CpuQuota::Thousandths(500));
    }
}
