//! Traces: processes, cgroups, mounts and files of one server outside of its sandboxes. Those of parallel servers are ignored.

use std::{
    collections::BTreeSet,
    fs,
    ops::Range,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use testkit::{Server, host};
use tokio::time::sleep;

/// From the last program's end until the server has put everything away.
const PATIENCE: Duration = Duration::from_secs(5);

/// State of a server that runs no program.
#[derive(Debug)]
pub struct Traces {
    mounts: BTreeSet<String>,
    cgroups: BTreeSet<PathBuf>,
    /// Descriptors of files outside of its own folder: inside, it opens files as needed.
    descriptors: usize,
    /// In its own folder.
    files: BTreeSet<PathBuf>,
    machine: String,
}

impl Traces {
    /// Looks.
    pub fn of(server: &Server) -> Self {
        Self {
            mounts: host::mounts(),
            cgroups: cgroups(server.pid()),
            descriptors: descriptors(server).len(),
            files: files_of_its_own(server),
            machine: machine(),
        }
    }

    /// Waits until everything is as it was, and nothing that belongs to a guest is left.
    ///
    /// # Panics
    ///
    /// When something is left.
    pub async fn until_as_before(&self, server: &Server) {
        server.wait_for_no_guests(PATIENCE).await;
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
        left.extend(
            cgroups.symmetric_difference(&self.cgroups).map(|path| format!("cgroup {}", path.display())),
        );
        let open = descriptors(server);
        if open.len() > self.descriptors {
            left.push(format!("{} descriptors, not {}: {open:?}", open.len(), self.descriptors));
        }
        let files = files_of_its_own(server);
        left.extend(files.difference(&self.files).map(|path| format!("file {}", path.display())));
        left.extend(files_of(server.ids()).into_iter().map(|path| format!("file {}", path.display())));
        left.extend(ipc_objects_of(server.ids()));
        left.extend(keys_of(server.ids()));
        if machine() != self.machine {
            left.push(format!("the machine is now called {:?}", machine()));
        }
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

/// Targets of its descriptors outside of its own folder.
fn descriptors(server: &Server) -> Vec<String> {
    let open = fs::read_dir(format!("/proc/{}/fd", server.pid())).expect("it runs").flatten();
    let targets = open.filter_map(|entry| fs::read_link(entry.path()).ok());
    let elsewhere = targets.filter(|target| !target.starts_with(server.folder()));
    elsewhere.map(|target| target.display().to_string()).collect()
}

/// All but the files of results, which are kept on purpose.
fn files_of_its_own(server: &Server) -> BTreeSet<PathBuf> {
    let kept = server.data().join("objects");
    files_below(server.folder())
        .into_iter()
        .map(|(path, _)| path)
        .filter(|path| !path.starts_with(&kept))
        .collect()
}

fn machine() -> String {
    fs::read_to_string("/proc/sys/kernel/hostname").expect("it has a name")
}

/// The files of these users in all world-writable folders.
fn files_of(owners: &Range<u32>) -> Vec<PathBuf> {
    let folders = ["/tmp", "/var/tmp", "/dev/shm", "/dev/mqueue"].map(Path::new);
    let found = folders.into_iter().flat_map(files_below);
    found.filter(|(_, about)| owners.contains(&about.uid())).map(|(path, _)| path).collect()
}

/// Everything in this folder and its folders.
fn files_below(folder: &Path) -> Vec<(PathBuf, fs::Metadata)> {
    let mut found = Vec::new();
    // Other tests remove their files at the same time; a missing file is no leftover.
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let Ok(about) = entry.metadata() else { continue };
        if about.is_dir() {
            found.extend(files_below(&entry.path()));
        }
        found.push((entry.path(), about));
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
    use std::{
        io::Read as _,
        os::unix::{fs::chown, process::CommandExt as _},
        process::{Command, Stdio},
    };

    use super::*;

    /// Of no other process.
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

    /// Keeps a segment and a key until it is ended.
    const KEEPER: &str = "import ctypes, os
libc = ctypes.CDLL(None)
libc.shmat.restype = ctypes.c_void_p
segment = libc.shmget(0, 4096, 0o1600)
libc.shmat(segment, None, 0)
libc.shmctl(segment, 0, None)
add_key = {'x86_64': 248, 'aarch64': 217}[os.uname().machine]
assert libc.syscall(add_key, b'user', b'left', b'x', 1, -2) > 0
os.write(1, b'x')
input()";

    #[test]
    fn objects_and_keys_of_a_guests_are_found() {
        let mut python = Command::new("/usr/bin/python3");
        python.args(["-c", KEEPER]).uid(OWNERS.start).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut keeper = python.spawn().expect("python starts");
        keeper.stdout.take().expect("is piped").read_exact(&mut [0]).expect("it has both");
        let found = [ipc_objects_of(&OWNERS), keys_of(&OWNERS)];
        keeper.kill().expect("it runs");
        keeper.wait().expect("it ends");
        assert!(found.iter().all(|found| !found.is_empty()), "{found:?}");
        assert_eq!(ipc_objects_of(&OWNERS), [""; 0]);
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
