//! CPU time of a process.

use std::{fs, time::Duration};

use anyhow::Context;

/// CPU time of all live threads of this process. Kernel documentation: `scheduler/sched-stats.rst`.
pub(super) fn time_of(pid: u32) -> anyhow::Result<Duration> {
    let folder = format!("/proc/{pid}/task");
    let threads = fs::read_dir(&folder).with_context(|| format!("cannot look into {folder}"))?;
    let mut all = Duration::ZERO;
    for thread in threads.flatten() {
        // A thread may end meanwhile.
        let Ok(stat) = fs::read_to_string(thread.path().join("schedstat")) else { continue };
        let nanos = stat.split_whitespace().next().and_then(|nanos| nanos.parse().ok());
        all += Duration::from_nanos(nanos.context("this kernel does not say how long a thread ran")?);
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_works_takes_time() {
        let before = time_of(std::process::id()).expect("our own time");
        let mut sum = 0_u64;
        while time_of(std::process::id()).expect("our own time") < before + Duration::from_millis(5) {
            sum = (0..10_000).fold(sum, |sum: u64, n| sum.wrapping_mul(31).wrapping_add(n));
        }
        assert_ne!(sum, 0);
    }
}
