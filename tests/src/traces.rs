//! What programs could have left on this machine outside their sandboxes. Only what belongs to one server is looked at, for
//! others run beside it.

use std::{
    collections::BTreeSet,
    fs,
    ops::Range,
    os::unix::fs::MetadataExt as _,
    path::PathBuf,
    time::{Duration, Instant},
};

use testkit::{Server, host};
use tokio::time::sleep;

/// From the last program's end until the server has put everything away.
const PATIENCE: Duration = Duration::from_secs(5);

/// What there is of a server while it runs nothing.
#[derive(Debug)]
pub struct Traces {
    mounts: BTreeSet<String>,
    cgroups: BTreeSet<PathBuf>,
    descriptors: usize,
}

impl Traces {
    /// Looks.
    pub fn of(server: &Server) -> Self {
        Self {
            mounts: host::mounts(),
            cgroups: cgroups(server.pid()),
            descriptors: descriptors(server.pid()).len(),
        }
    }

    /// Waits until everything is as it was, and nothing that belongs to a guest is left.
    ///
    /// # Panics
    ///
    /// When something is left.
    pub async fn until_as_before(&self, server: &Server) {
        server.until_no_guests(PATIENCE).await;
        let began = Instant::now();
        loop {
            let left = self.left_by(server);
            if left.is_empty() {
                return;
            }
            assert!(began.elapsed() < PATIENCE, "left on the host: {left:#?}");
            sleep(Duration::from_millis(20)).await;
        }
    }

    fn left_by(&self, server: &Server) -> Vec<String> {
        let mut left = Vec::new();
        left.extend(host::mounts().symmetric_difference(&self.mounts).map(|line| format!("mount {line}")));
        let cgroups = cgroups(server.pid());
        left.extend(cgroups.symmetric_difference(&self.cgroups).map(|path| format!("cgroup {path:?}")));
        let open = descriptors(server.pid());
        if open.len() > self.descriptors {
            left.push(format!("{} descriptors, not {}: {open:?}", open.len(), self.descriptors));
        }
        left.extend(files_of(server.ids()).into_iter().map(|path| format!("file {}", path.display())));
        left.extend(ipc_objects_of(server.ids()));
        left.extend(keys_of(server.ids()));
        left
    }
}

/// The groups of its slots, and the one above them.
fn cgroups(server: u32) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    let mut folders = host::cgroups_of(server);
    while let Some(folder) = folders.pop() {
        let below = fs::read_dir(&folder).into_iter().flatten().flatten();
        folders.extend(below.filter(|entry| entry.path().is_dir()).map(|entry| entry.path()));
        found.insert(folder);
    }
    found
}

/// What each of its descriptors is.
fn descriptors(server: u32) -> Vec<String> {
    let open = fs::read_dir(format!("/proc/{server}/fd")).expect("it runs").flatten();
    let targets = open.filter_map(|entry| fs::read_link(entry.path()).ok());
    targets.map(|target| target.display().to_string()).collect()
}

/// The files of these users wherever everybody may write.
fn files_of(owners: &Range<u32>) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders: Vec<PathBuf> = ["/tmp", "/var/tmp", "/dev/shm", "/dev/mqueue"].map(PathBuf::from).into();
    while let Some(folder) = folders.pop() {
        // Other tests remove theirs at the same time: what is gone is not left.
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let Ok(about) = entry.metadata() else { continue };
            if owners.contains(&about.uid()) {
                found.push(entry.path());
            }
            if about.is_dir() {
                folders.push(entry.path());
            }
        }
    }
    found
}

/// System V's segments, semaphores and queues of these users. POSIX's are files.
fn ipc_objects_of(owners: &Range<u32>) -> Vec<String> {
    let mut found = Vec::new();
    for kind in ["shm", "sem", "msg"] {
        let table = fs::read_to_string(format!("/proc/sysvipc/{kind}")).expect("a table of IPC objects");
        let mut lines = table.lines();
        let heads = lines.next().expect("its heads").split_whitespace();
        let of: Vec<usize> =
            heads.enumerate().filter(|(_, head)| head.ends_with("uid")).map(|(at, _)| at).collect();
        let is_theirs = |line: &&str| of.iter().any(|at| is_owner(owners, line.split_whitespace().nth(*at)));
        found.extend(lines.filter(is_theirs).map(|line| format!("IPC {kind}: {line}")));
    }
    found
}

/// The keys of these users, as `/proc/keys` and `/proc/key-users` list them.
fn keys_of(owners: &Range<u32>) -> Vec<String> {
    let lines_of = |path: &str, column: usize| {
        let table = fs::read_to_string(path).expect("a table of keys");
        let theirs = |line: &&str| is_owner(owners, line.split_whitespace().nth(column));
        table.lines().filter(theirs).map(|line| format!("key {line}")).collect::<Vec<_>>()
    };
    [lines_of("/proc/keys", 5), lines_of("/proc/key-users", 0)].concat()
}

fn is_owner(owners: &Range<u32>, column: Option<&str>) -> bool {
    column.and_then(|text| text.trim_end_matches(':').parse().ok()).is_some_and(|id| owners.contains(&id))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::chown;

    use super::*;

    /// Of nobody's.
    const OWNERS: Range<u32> = 1_909_999_000..1_909_999_002;

    #[test]
    fn a_file_of_a_guests_is_found_wherever_it_is() {
        assert!(files_of(&OWNERS).is_empty());
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("left");
        fs::write(&file, "").expect("a file");
        chown(&file, Some(OWNERS.start), None).expect("a new owner");
        assert_eq!(files_of(&OWNERS), [file]);
    }

    #[test]
    fn columns_are_compared_as_numbers() {
        assert!(is_owner(&OWNERS, Some("1909999001:")));
        assert!(is_owner(&OWNERS, Some("1909999000")));
        for other in [None, Some("1909999002"), Some("uid"), Some("")] {
            assert!(!is_owner(&OWNERS, other), "{other:?}");
        }
    }
}
