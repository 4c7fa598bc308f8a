//! What `/ready` says of a server that is ready: what works less well than it could.

use execution::{MissingPoolPolicy, Pools};
use kernel::{Identity, cgroup::Layout};
use model::PoolKind;
use sandbox::{Inodes, PoolSettings};
use worker::Runner;

use crate::{config::Config, memory::Memory};

/// What there is to say of a server that is ready.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    /// What works less well than it could. It is logged as a warning, too.
    pub(crate) weaker: Vec<String>,
    /// What is as it was configured.
    pub(crate) others: Vec<String>,
}

impl Notes {
    /// All of them.
    pub(crate) fn all(&self) -> Vec<String> {
        [self.weaker.as_slice(), &self.others].concat()
    }
}

/// Warns of listeners that others than this machine can reach: there are no accounts, so whoever reaches them may use them.
pub(crate) fn warn_of_open_doors(config: &Config) {
    if let Some(warning) = open_api(config) {
        tracing::warn!("{warning}");
    }
    if !config.admin_listen.ip().to_canonical().is_loopback() {
        tracing::warn!(
            "metrics and the log of attempts can be read by everybody who reaches {}: let only machines of yours reach it \
             (--admin-listen)",
            config.admin_listen
        );
    }
}

fn open_api(config: &Config) -> Option<String> {
    let is_open = config.roles.serve_http() && !config.listen.ip().to_canonical().is_loopback();
    is_open.then(|| {
        format!(
            "there are no accounts: everybody who reaches {} may run programs. Listen on 127.0.0.1 behind a proxy that lets in only \
             whom you trust (--listen), or let only such networks reach this address",
            config.listen
        )
    })
}

/// What works less well here than it could.
pub(crate) fn notes(runner: &Runner, config: &Config) -> Notes {
    let mut notes = Vec::new();
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
    Notes { weaker: notes, others: Vec::new() }
}

/// What becomes of jobs that are meant for a pool that is not there.
pub(crate) fn note_on_pools(pools: &Pools) -> Option<String> {
    let what = match pools.missing {
        MissingPoolPolicy::Substitute => "its jobs run in the pool container",
        MissingPoolPolicy::Refuse => "its jobs are refused, as pools.missing says",
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
    fn an_address_that_others_reach_is_warned_of() {
        let warning = |text: &str| open_api(&Config::sound(text));
        for text in ["", "listen = \"[::1]:80\"", "listen = \"127.0.0.9:1\""] {
            assert_eq!(warning(text), None, "{text}");
        }
        for text in ["listen = \"0.0.0.0:8080\"", "listen = \"[::]:80\"", "listen = \"192.0.2.1:80\""] {
            assert!(warning(text).is_some_and(|told| told.contains("no accounts")), "{text}");
        }
    }

    #[test]
    fn readiness_says_what_programs_may_not_do_with_files_that_are_the_hosts() {
        let note = note_on_inodes(Inodes::Shared).expect("something is refused");
        assert!(note.contains("flock"), "{note}");
        assert_eq!(note_on_inodes(Inodes::Own), None);
    }
}
