//! Host state: processes, cgroups and mounts that a server could leave behind.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    ops::Range,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

/// A process, identified by its pid and start time, because pids are reused.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Process {
    /// Its number.
    pub pid: u32,
    /// Its name, as far as the kernel keeps it.
    pub name: String,
    started: u64,
    parent: u32,
    owner: u32,
}

impl Process {
    /// Whether it is still alive; a zombie is not.
    pub fn is_alive(&self) -> bool {
        look_at(self.pid).is_some_and(|now| now.started == self.started)
    }
}

/// All descendants of this process.
pub fn descendants(pid: u32) -> BTreeSet<Process> {
    let mut by_parent: BTreeMap<u32, Vec<Process>> = BTreeMap::new();
    for process in processes() {
        by_parent.entry(process.parent).or_default().push(process);
    }
    let (mut found, mut parents) = (BTreeSet::new(), vec![pid]);
    while let Some(parent) = parents.pop() {
        for child in by_parent.remove(&parent).unwrap_or_default() {
            parents.push(child.pid);
            found.insert(child);
        }
    }
    found
}

/// The name of launchers, which are started through `/proc/self/exe`.
const LAUNCHER: &str = "exe";

/// The guests of a server: all its descendants and all processes of these users, except its own processes, recognised by
/// the names of its children, and templates, which its launchers start, with their zygote forkers.
pub fn guest_processes(server: u32, owners: &Range<u32>) -> Vec<Process> {
    let below = descendants(server);
    let children: Vec<&Process> = below.iter().filter(|process| process.parent == server).collect();
    let own: BTreeSet<&str> = children.iter().map(|process| process.name.as_str()).collect();
    let launchers: BTreeSet<u32> =
        children.iter().filter(|child| child.name == LAUNCHER).map(|child| child.pid).collect();
    let is_own = |process: &Process| below.contains(process) && own.contains(process.name.as_str());
    let mut all = below.clone();
    all.extend(processes_of(owners));
    all.retain(|process| !is_own(process));
    let is_template = |process: &&Process| launchers.contains(&process.parent);
    let templates: BTreeSet<u32> = all.iter().filter(is_template).map(|process| process.pid).collect();
    all.into_iter()
        .filter(|process| !templates.contains(&process.pid) && !templates.contains(&process.parent))
        .collect()
}

/// All processes that belong to one of these users.
pub fn processes_of(owners: &Range<u32>) -> Vec<Process> {
    processes().filter(|process| owners.contains(&process.owner)).collect()
}

/// Whether tests run as root, and sandboxes therefore have ids of their own.
pub fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// The cgroups that a server with this pid has created, in all hierarchies.
pub fn cgroups_of(pid: u32) -> Vec<PathBuf> {
    let mut found = Vec::new();
    collect_folders(Path::new("/sys/fs/cgroup"), &format!("coderunner-{pid}-"), &mut found);
    found
}

/// The mounts that this process sees.
pub fn mounts() -> BTreeSet<String> {
    let table = fs::read_to_string("/proc/self/mounts").expect("a table of mounts");
    table.lines().map(str::to_owned).collect()
}

/// Removes the cgroups of a killed server's sandboxes, whose processes end shortly after it.
pub(crate) fn remove_cgroups_of(pid: u32) {
    let began = Instant::now();
    loop {
        let parents = cgroups_of(pid);
        if parents.is_empty() || began.elapsed() > Duration::from_secs(1) {
            return;
        }
        for folder in parents.iter().flat_map(|parent| folders_in(parent)).chain(parents.clone()) {
            let _busy_or_gone = fs::remove_dir(folder);
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn collect_folders(folder: &Path, prefix: &str, found: &mut Vec<PathBuf>) {
    for below in folders_in(folder) {
        if below.file_name().is_some_and(|name| name.to_string_lossy().starts_with(prefix)) {
            found.push(below);
        } else {
            collect_folders(&below, prefix, found);
        }
    }
}

/// Groups may disappear while they are listed; a missing one counts as absent.
fn folders_in(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
        .map(|entry| entry.path())
        .collect()
}

fn processes() -> impl Iterator<Item = Process> {
    let entries = fs::read_dir("/proc").expect("a /proc").flatten();
    entries.filter_map(|entry| look_at(entry.file_name().to_str()?.parse().ok()?))
}

/// The process with this number, if there is one and it has not died.
fn look_at(pid: u32) -> Option<Process> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let field = |name: &str| status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(":\t"));
    if field("State")?.starts_with(['Z', 'X']) {
        return None;
    }
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // After the name, which is in parentheses and may contain any character: proc_pid_stat(5).
    let after_name: Vec<&str> = stat.rsplit_once(") ")?.1.split(' ').collect();
    Some(Process {
        pid,
        name: field("Name")?.to_owned(),
        started: after_name.get(19)?.parse().ok()?,
        parent: after_name.get(1)?.parse().ok()?,
        owner: field("Uid")?.split('\t').next()?.parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use std::process::{Command, id};

    use super::*;

    #[test]
    fn a_child_is_found_until_it_has_ended() {
        let mut shell = Command::new("sh").args(["-c", "sleep 60 & wait"]).spawn().expect("a shell");
        let sleeper = loop {
            if let Some(found) = descendants(id()).into_iter().find(|process| process.name == "sleep") {
                break found;
            }
        };
        assert!(sleeper.is_alive());
        assert_eq!(
            guest_processes(id(), &(0..0)),
            std::slice::from_ref(&sleeper),
            "sh is a child, and sleep is what it runs"
        );
        assert!(processes_of(&(sleeper.owner..sleeper.owner + 1)).contains(&sleeper));
        assert!(Command::new("kill").arg(sleeper.pid.to_string()).status().expect("a kill").success());
        shell.wait().expect("the shell ends with its child");
        assert!(!sleeper.is_alive());
        assert!(descendants(id()).is_empty());
    }
}
