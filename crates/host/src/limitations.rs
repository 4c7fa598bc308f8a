//! Limitations of this machine: one sentence for each thing that works less well here than it could.

use kernel::{Identity, cgroup::Layout};
use sandbox::{Inodes, PoolSettings};
use worker::Runner;

use crate::{MemoryBudget, Settings};

/// Limitations that readiness checks report, and a starting server logs as warnings.
pub fn limitations(runner: &Runner, settings: &Settings) -> Vec<String> {
    let mut limitations = Vec::new();
    limitations.extend(without_cgroups(&Layout::of_this_process()));
    limitations.extend(MemoryBudget::of_this_host(settings).shortage(settings.slots));
    if !Identity::choose(PoolSettings::DEFAULT_FIRST_ID).is_ok_and(|one| one.has_guest_id()) {
        limitations
            .push("All sandboxes share one user id: none are lent to the user who started this.".to_owned());
    }
    limitations.extend(with_inodes(runner.inodes()));
    let missing: Vec<&str> = runner
        .languages()
        .all()
        .filter(|one| one.toolchain().is_none())
        .map(|one| one.name.as_str())
        .collect();
    if !missing.is_empty() {
        limitations.push(format!("Languages that cannot be run here: {}.", missing.join(", ")));
    }
    limitations
}

/// Operations refused to programs where their toolchains are the host's own files.
fn with_inodes(inodes: Inodes) -> Option<String> {
    (inodes == Inodes::Shared).then(|| {
        "Programs may neither watch files (inotify) nor lock whole ones (flock), for want of overlayfs; coderunner doctor says more."
            .to_owned()
    })
}

/// Limits that are weaker where the kernel does not count.
fn without_cgroups(cgroups: &Layout) -> Option<String> {
    let Layout::None { reason } = cgroups else { return None };
    Some(format!(
        "Memory, processes and CPU time are counted every few milliseconds, a quick burst may exceed its limits, and nothing \
         holds a program to its share of the processors (limits.cpus), for want of cgroups: {reason}."
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weaker_limits_without_cgroups_are_reported() {
        let sentence = without_cgroups(&Layout::None { reason: "none is mounted".to_owned() });
        let sentence = sentence.expect("something is weaker");
        assert!(
            sentence.contains("a quick burst may exceed its limits")
                && sentence.ends_with("none is mounted."),
            "{sentence}"
        );
        assert_eq!(without_cgroups(&Layout::V2 { own: "/sys/fs/cgroup".into() }), None);
    }

    #[test]
    fn operations_refused_on_files_of_the_host_are_reported() {
        let sentence = with_inodes(Inodes::Shared).expect("something is refused");
        assert!(sentence.contains("flock"), "{sentence}");
        assert_eq!(with_inodes(Inodes::Own), None);
    }
}
