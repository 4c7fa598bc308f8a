//! `CpuWeight` of a run among others: it falls as the run uses CPU time. Short runs go before long ones, and long ones still
//! make progress.

use std::time::Duration;

use kernel::cgroup::CpuWeight;

/// CPU time at the usual weight: most programs of learners take no more.
const FULL_WEIGHT_TIME: Duration = Duration::from_millis(8);

/// Minimum weight: beside one short run, a long one still gets a seventeenth of a processor.
const MIN_WEIGHT: CpuWeight = CpuWeight(CpuWeight::DEFAULT.0 / 16);

/// `CpuWeight` of a run that has used this much CPU time. It is halved in steps, because changing it costs the kernel time.
pub(super) fn weight_after(cpu: Duration) -> CpuWeight {
    let mut weight = CpuWeight::DEFAULT;
    let mut step = FULL_WEIGHT_TIME;
    while cpu >= step && weight != MIN_WEIGHT {
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
        let weights =
            [0, 7, 8, 15, 16, 63, 64, 100, 1_000_000].map(|ms| weight_after(Duration::from_millis(ms)).0);
        assert_eq!(weights, [1024, 1024, 512, 512, 256, 128, 64, 64, 64]);
    }
}
