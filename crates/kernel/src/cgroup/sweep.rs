//! Cgroup sweep: removal of groups that crashed servers left.
//!
//! The name of a parent group identifies its owner: pid, number of the parent, start time, and pid namespace. A pid alone is not
//! sufficient: in a container the next server has the same one.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use super::Layout;

/// Prefix of the names of all our parent groups.
const PREFIX: &str = "coderunner-";

/// Minimum age of a group whose creator cannot be checked, before it counts as abandoned: its slots are empty while its server
/// starts.
const STALE_AGE: Duration = Duration::from_mins(10);

/// Total timeout for groups whose last processes are still exiting.
const SWEEP_TIMEOUT: Duration = Duration::from_secs(1);

/// Maximum depth of the search for groups below the root of a hierarchy.
const MAX_DEPTH: u32 = 8;

/// The name of this process's parent group of this number.
pub(super) fn name(number: u32) -> String {
    let pid = std::process::id();
    let start = start_time(pid).unwrap_or(0);
    format!("{PREFIX}{pid}-{number}-{start}-{}", own_pid_namespace().unwrap_or(0))
}

/// Removes groups of processes that no longer exist: below our own groups, and, if they were in the same pid namespace, anywhere
/// in the same hierarchies, since a restarted server may be in another group. Returns the groups that still have processes after
/// [`SWEEP_TIMEOUT`]; they are tried again at the next start.
pub(super) fn sweep(layout: &Layout) -> Vec<PathBuf> {
    let namespace = own_pid_namespace();
    let mut abandoned = Vec::new();
    for own in layout.folders() {
        find_abandoned(root_of(own), (own, namespace), MAX_DEPTH, &mut abandoned);
    }
    let groups =
        abandoned.into_iter().flat_map(|parent| groups_in(&parent).into_iter().chain([parent])).collect();
    remove_together(groups, SWEEP_TIMEOUT, |group| fs::remove_dir(group))
}

/// Removes groups, children before parents, and returns those that stay busy. All are waited for concurrently.
fn remove_together(
    mut groups: Vec<PathBuf>,
    timeout: Duration,
    mut remove: impl FnMut(&Path) -> io::Result<()>,
) -> Vec<PathBuf> {
    let deadline = Instant::now() + timeout;
    loop {
        let mut is_busy =
            |group: &PathBuf| remove(group).is_err_and(|error| error.raw_os_error() == Some(libc::EBUSY));
        groups.retain(&mut is_busy);
        if groups.is_empty() || Instant::now() > deadline {
            return groups;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Finds parent groups below this folder whose creators no longer exist; `own` is our group, and our pid namespace.
fn find_abandoned(
    folder: &Path,
    (own, namespace): (&Path, Option<u64>),
    deepest: u32,
    found: &mut Vec<PathBuf>,
) {
    for group in groups_in(folder) {
        let name = group.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        match Owner::parse(name) {
            Some(maker) => {
                let abandoned = match (maker.namespace, folder == own) {
                    (None, is_own) => is_own && maker.is_gone(),
                    (theirs, _) if theirs == namespace => maker.is_gone(),
                    (_, is_own) => is_own && is_stale(&group),
                };
                if abandoned {
                    found.push(group);
                }
            }
            None if deepest > 0 => find_abandoned(&group, (own, namespace), deepest - 1, found),
            None => {}
        }
    }
}

/// Whether the group has been empty for long, as far as visible: a running server has a launcher in each slot.
fn is_stale(parent: &Path) -> bool {
    let unchanged = fs::metadata(parent).and_then(|metadata| metadata.modified()).ok();
    let is_old = unchanged.and_then(|then| then.elapsed().ok()).is_some_and(|age| age > STALE_AGE);
    let is_empty =
        |slot: &PathBuf| fs::read_to_string(slot.join("cgroup.procs")).unwrap_or_default().is_empty();
    is_old && groups_in(parent).iter().all(is_empty)
}

fn groups_in(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
        .map(|entry| entry.path())
        .collect()
}

/// The root of the hierarchy, as far as we can see it: the highest folder on the way that is a group.
fn root_of(own: &Path) -> &Path {
    own.ancestors().take_while(|folder| folder.join("cgroup.procs").exists()).last().unwrap_or(own)
}

/// The process that created a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Owner {
    pid: u32,
    /// When it started, in ticks since the machine did. Earlier versions did not note it, nor the namespace.
    started: Option<u64>,
    namespace: Option<u64>,
}

impl Owner {
    fn parse(name: &str) -> Option<Self> {
        let mut numbers = name.strip_prefix(PREFIX)?.split('-').map(str::parse::<u64>);
        let pid = u32::try_from(numbers.next()?.ok()?).ok()?;
        let _which = numbers.next()?.ok()?;
        let mut rest = || numbers.next().and_then(Result::ok);
        Some(Self { pid, started: rest(), namespace: rest() })
    }

    /// To be asked of pids of our namespace.
    fn is_gone(self) -> bool {
        start_time(self.pid).is_none_or(|now| self.started.is_some_and(|then| then != now))
    }
}

/// When the process with this pid started; `None` if there is none.
fn start_time(pid: u32) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // After the name, which is in parentheses: proc_pid_stat(5).
    stat.rsplit_once(") ")?.1.split(' ').nth(19)?.parse().ok()
}

/// The number of our pid namespace.
fn own_pid_namespace() -> Option<u64> {
    let link = fs::read_link("/proc/self/ns/pid").ok()?;
    link.to_str()?.strip_prefix("pid:[")?.strip_suffix(']')?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A hierarchy of plain folders, with our own group `own` in it and these others.
    fn hierarchy(groups: &[&str]) -> (tempfile::TempDir, Layout) {
        let root = tempfile::tempdir().expect("temporary folder");
        for group in ["", "own"].iter().chain(groups) {
            fs::create_dir_all(root.path().join(group)).expect("a folder");
        }
        for group in ["", "own"] {
            fs::write(root.path().join(group).join("cgroup.procs"), "").expect("a file");
        }
        let own = root.path().join("own");
        (root, Layout::V2 { own })
    }

    #[test]
    fn busy_groups_are_waited_for_together_and_named() {
        let groups: Vec<_> = (0..20).map(|number| PathBuf::from(number.to_string())).collect();
        let busy = |group: &Path| match group.to_str() {
            Some("3" | "7" | "11") => Err(io::Error::from_raw_os_error(libc::EBUSY)),
            _ => Ok(()),
        };
        let began = Instant::now();
        let left = remove_together(groups, Duration::from_millis(50), busy);
        assert_eq!(left, ["3", "7", "11"].map(PathBuf::from));
        assert!(began.elapsed() < Duration::from_millis(140), "{:?}", began.elapsed());
    }

    #[track_caller]
    fn check(group: &str, expected_to_stay: bool) {
        let slot = format!("{group}/slot-0");
        let (root, layout) = hierarchy(&[&slot]);
        assert_eq!(sweep(&layout), Vec::<PathBuf>::new());
        assert_eq!(root.path().join(group).exists(), expected_to_stay, "{group}");
    }

    #[test]
    fn groups_of_ended_processes_are_removed_and_those_of_live_ones_stay() {
        let (me, namespace) = (std::process::id(), own_pid_namespace().expect("a namespace"));
        let started = start_time(me).expect("we are alive");
        // No process has so high a pid.
        let nobody = 4_200_000;
        check(&format!("own/{}", name(0)), true);
        check(&format!("own/coderunner-{nobody}-0-77-{namespace}"), false);
        check(&format!("own/coderunner-{me}-0-{}-{namespace}", started + 1), false);
        check(&format!("own/coderunner-{nobody}-3"), false);
        check(&format!("own/coderunner-{me}-3"), true);
        check("own/coderunner", true);
        check("own/coderunner-backup-1", true);
    }

    #[test]
    fn outside_of_our_groups_only_groups_of_our_pid_namespace_are_removed() {
        let namespace = own_pid_namespace().expect("a namespace");
        check(&format!("other/deeper/coderunner-4200000-0-77-{namespace}"), false);
        check(&format!("other/coderunner-4200000-0-77-{}", namespace + 1), true);
        check("other/coderunner-4200000-0", true);
    }

    #[test]
    fn what_others_have_in_our_group_goes_when_it_is_deserted() {
        let group = format!("own/coderunner-1-0-77-{}", own_pid_namespace().expect("a namespace") + 1);
        check(&group, true);
        let (root, layout) = hierarchy(&[&group]);
        let long_ago = std::time::SystemTime::now() - 2 * STALE_AGE;
        let folder = fs::File::open(root.path().join(&group)).expect("a folder");
        folder.set_modified(long_ago).expect("mine");
        assert_eq!(sweep(&layout), Vec::<PathBuf>::new());
        assert!(!root.path().join(&group).exists());
    }
}
