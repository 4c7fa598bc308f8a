//! How runs share the processors: the more of them one has used, the less it gets while others want them, too. So a short
//! run goes before long ones, and a long one still gets on.

use std::time::Duration;

use kernel::cgroup::CpuWeight;

/// What a run uses with the usual weight: most programs of learners take no more.
const FREE: Duration = Duration::from_millis(8);

/// Of the usual weight what is left to the longest: beside one short run it has still a seventeenth of a processor.
const LEAST: CpuWeight = CpuWeight(CpuWeight::DEFAULT.0 / 16);

/// What a run weighs that has used so much CPU time. In steps, each the half of the one before: to change it costs the kernel
/// something.
pub(super) fn after(cpu: Duration) -> CpuWeight {
    let mut weight = CpuWeight::DEFAULT;
    let mut step = FREE;
    while cpu >= step && weight != LEAST {
        weight = CpuWeight(weight.0 / 2);
        step *= 2;
    }
    weight
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_weighs_less_the_more_it_has_used_but_never_nothing() {
        let weights = [0, 7, 8, 15, 16, 63, 64, 100, 1_000_000].map(|ms| after(Duration::from_millis(ms)).0);
        assert_eq!(weights, [1024, 1024, 512, 512, 256, 128, 64, 64, 64]);
    }
}
