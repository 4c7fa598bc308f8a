//! What `/ready` says of a server that is ready: what works less well than it could.

use execution::{Pools, WhenMissing};
use kernel::{Identity, cgroup::Layout};
use model::PoolKind;
use sandbox::{Inodes, PoolSettings};
use worker::Runner;

use crate::{config::Config, memory::Memory};

/// What works less well here than it could.
pub(crate) fn notes(runner: &Runner, pools: &Pools, config: &Config) -> Vec<String> {
    let mut notes = Vec::new();
    notes.extend(note_on_pools(pools));
    notes.extend(note_on_counting(&Layout::of_this_process()));
    notes.extend(Memory::here(config).note(config.worker.slots));
    if !Identity::choose(PoolSettings::DEFAULT_FIRST_ID).is_ok_and(|one| one.tells_init_from_guest()) {
        notes.push("All sandboxes share one user id: none are lent to the user who started this.".to_owned());
    }
    notes.extend(note_on_inodes(runner.inodes()));
    let missing: Vec<&str> = runner
        .languages()
        .all()
        .filter(|one| one.toolchain().is_none())
        .map(|one| one.name.as_str())
        .collect();
    if !missing.is_empty() {
        notes.push(format!("Languages that cannot be run here: {}.", missing.join(", ")));
    }
    notes
}

/// What becomes of jobs that are meant for a pool that is not there.
fn note_on_pools(pools: &Pools) -> Option<String> {
    let what = match pools.missing {
        WhenMissing::Substitute => "its jobs run in the pool container",
        WhenMissing::Refuse => "its jobs are refused, as pools.missing says",
    };
    let is_there = pools.configured.contains(&PoolKind::Microvm);
    (!is_there).then(|| format!("The pool microvm is not configured: {what}."))
}

/// How many problems are not there. Not which, since anybody may ask whether the server is ready.
pub(crate) fn note_on_problems(unusable: usize) -> Option<String> {
    let many =
        if unusable == 1 { "1 problem package".to_owned() } else { format!("{unusable} problem packages") };
    (unusable > 0).then(|| format!("{many} cannot be used; the log says which, why, and what to change."))
}

/// What programs may not do where their toolchains are the host's own files.
fn note_on_inodes(inodes: Inodes) -> Option<String> {
    (inodes == Inodes::Shared).then(|| {
        "Programs may neither watch files (inotify) nor lock whole ones (flock), for want of overlayfs; coderunner doctor says more."
            .to_owned()
    })
}

/// What is weaker where the kernel does not count.
fn note_on_counting(cgroups: &Layout) -> Option<String> {
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
    fn readiness_says_what_is_weaker_without_cgroups() {
        let note = note_on_counting(&Layout::None { reason: "none is mounted".to_owned() });
        let note = note.expect("something is weaker");
        assert!(
            note.contains("a quick burst may exceed its limits") && note.ends_with("none is mounted."),
            "{note}"
        );
        assert_eq!(note_on_counting(&Layout::V2 { own: "/sys/fs/cgroup".into() }), None);
    }

    #[test]
    fn readiness_says_what_programs_may_not_do_with_files_that_are_the_hosts() {
        let note = note_on_inodes(Inodes::Shared).expect("something is refused");
        assert!(note.contains("flock"), "{note}");
        assert_eq!(note_on_inodes(Inodes::Own), None);
    }
}
