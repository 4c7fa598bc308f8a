//! Footprint of a server: memory, processes, files and kernel objects at one time.

use std::{collections::BTreeMap, fmt, fs, path::Path};

use anyhow::Context;
use serde::Serialize;

/// A snapshot; counts, except for memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct Footprint {
    /// Resident memory of the server's own process.
    pub(in super::super) server_kib: u64,
    /// Proportional memory of all its descendants.
    pub(in super::super) below_kib: u64,
    pub(in super::super) processes: u64,
    pub(in super::super) descriptors: u64,
    pub(in super::super) threads: u64,
    /// As seen by the host.
    pub(in super::super) mounts: u64,
    pub(in super::super) cgroups: u64,
    /// Files in the host's shared folders, `/tmp` and `/dev/shm`.
    pub(in super::super) stray_files: u64,
}

impl Footprint {
    /// Takes a snapshot of the server with this pid.
    pub(super) fn of(pid: u32) -> anyhow::Result<Self> {
        let below = descendants(pid)?;
        Ok(Self {
            server_kib: field(&fs::read_to_string(format!("/proc/{pid}/status"))?, "VmRSS:"),
            // A process may end meanwhile.
            below_kib: below.iter().map(|pid| proportional(*pid).unwrap_or(0)).sum(),
            processes: below.len() as u64,
            descriptors: entries(Path::new(&format!("/proc/{pid}/fd")))?,
            threads: entries(Path::new(&format!("/proc/{pid}/task")))?,
            mounts: fs::read_to_string("/proc/self/mounts")?.lines().count() as u64,
            cgroups: folders(Path::new("/sys/fs/cgroup")),
            stray_files: entries(Path::new("/tmp"))? + entries(Path::new("/dev/shm"))?,
        })
    }
}

impl fmt::Display for Footprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { server_kib, below_kib, processes, descriptors, threads, mounts, cgroups, stray_files } =
            self;
        write!(f, "server {server_kib} KiB, below {below_kib} KiB, {processes} processes, ")?;
        write!(f, "{descriptors} descriptors, {threads} threads, {mounts} mounts, {cgroups} cgroups, ")?;
        write!(f, "{stray_files} stray files")
    }
}

fn entries(folder: &Path) -> anyhow::Result<u64> {
    let listed = fs::read_dir(folder).with_context(|| format!("cannot look into {}", folder.display()))?;
    Ok(listed.count() as u64)
}

/// Number of folders below; they may disappear meanwhile.
fn folders(folder: &Path) -> u64 {
    let Ok(listed) = fs::read_dir(folder) else { return 0 };
    let below = listed.flatten().filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
    below.map(|entry| 1 + folders(&entry.path())).sum()
}

/// Descendants of this process.
fn descendants(pid: u32) -> anyhow::Result<Vec<u32>> {
    let mut children: BTreeMap<u64, Vec<u32>> = BTreeMap::new();
    for entry in fs::read_dir("/proc").context("cannot look into /proc")?.flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        // It may have ended.
        let Ok(status) = fs::read_to_string(entry.path().join("status")) else { continue };
        children.entry(field(&status, "PPid:")).or_default().push(pid);
    }
    let (mut found, mut parents) = (Vec::new(), vec![pid]);
    while let Some(parent) = parents.pop() {
        let more = children.remove(&u64::from(parent)).unwrap_or_default();
        parents.extend(&more);
        found.extend(more);
    }
    Ok(found)
}

fn proportional(pid: u32) -> std::io::Result<u64> {
    Ok(field(&fs::read_to_string(format!("/proc/{pid}/smaps_rollup"))?, "Pss:"))
}

/// The first number of the line with this prefix; 0 if there is none.
fn field(text: &str, name: &str) -> u64 {
    let value = text.lines().find_map(|line| line.strip_prefix(name));
    value.and_then(|value| value.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_has_a_footprint() {
        let found = Footprint::of(std::process::id()).expect("we can be looked at");
        assert!(found.server_kib > 100 && found.descriptors >= 3 && found.threads >= 1, "{found}");
        assert!(found.mounts > 0, "{found}");
    }

    #[test]
    fn the_children_of_children_are_below_a_process() {
        let mut shell =
            std::process::Command::new("sh").args(["-c", "sleep 60 & wait"]).spawn().expect("a shell");
        let sleeper = loop {
            if let [sleeper] = descendants(shell.id()).expect("a list").as_slice() {
                break *sleeper;
            }
        };
        assert!(descendants(std::process::id()).expect("a list").contains(&sleeper));
        let killed = std::process::Command::new("kill").arg(sleeper.to_string()).status();
        assert!(killed.expect("a kill").success());
        shell.wait().expect("the shell ends with its child");
    }
}
