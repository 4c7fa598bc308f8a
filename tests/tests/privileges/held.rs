//! Held privileges: capabilities, descriptors, mounts and environment of a process, from `/proc` of the host.

use std::{
    collections::BTreeSet,
    fmt,
    fs::{self, File},
    ops::Range,
    os::unix::fs::{FileExt as _, MetadataExt as _},
    path::{Path, PathBuf},
};

/// Role of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Launcher,
    Init,
    Template,
    Guest,
}

/// A process of a sandbox.
pub(crate) struct ProcessPrivileges {
    pub(crate) kind: Kind,
    pub(crate) pid: u32,
    pub(crate) name: String,
    status: String,
}

impl fmt::Debug for ProcessPrivileges {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:?} {} ({})", self.kind, self.name, self.pid)
    }
}

/// Rights over the launcher's own namespaces: all that this kernel has.
fn all_capabilities() -> u64 {
    let last = fs::read_to_string("/proc/sys/kernel/cap_last_cap").expect("a kernel with capabilities");
    (1 << (last.trim().parse::<u32>().expect("a number") + 1)) - 1
}

/// `CAP_SETGID`, `CAP_SETUID`, `CAP_SYS_CHROOT`, `CAP_SYS_ADMIN`: entering a sandbox, and becoming its guest.
const BEQUEATHED: u64 = 1 << 6 | 1 << 7 | 1 << 18 | 1 << 21;

impl ProcessPrivileges {
    /// The process with this pid, if it belongs to a sandbox of this server, recognised by its parent and namespace.
    pub(crate) fn of_sandbox(pid: u32, server: u32) -> Option<Self> {
        let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
        let parent: u32 = field(&status, "PPid")?.parse().ok()?;
        let name = field(&status, "Name")?.to_owned();
        let inside: Vec<&str> = field(&status, "NSpid")?.split_whitespace().collect();
        let kind = match (parent == server, inside.as_slice()) {
            (true, [_]) => Kind::Launcher,
            (false, [_, "1"]) => Kind::Init,
            (false, [_]) => Kind::Template,
            (false, [_, _]) if field(&status, "Seccomp")? == "2" => Kind::Guest,
            _ => return None,
        };
        Some(Self { kind, pid, name, status })
    }

    /// Content of one of its files in `/proc`.
    pub(crate) fn file(&self, name: &str) -> String {
        let bytes = fs::read(self.path(name)).unwrap_or_else(|error| panic!("{self:?}: {name}: {error}"));
        String::from_utf8_lossy(&bytes).into_owned()
    }

    fn path(&self, name: &str) -> PathBuf {
        Path::new("/proc").join(self.pid.to_string()).join(name)
    }

    fn capability_set(&self, name: &str) -> u64 {
        u64::from_str_radix(self.value(name), 16).expect("a set of capabilities")
    }

    fn value(&self, name: &str) -> &str {
        field(&self.status, name).unwrap_or_else(|| panic!("{self:?} has no {name}"))
    }

    /// Capabilities, ids, privileges, filter, and whether others of the same id could look into it.
    pub(crate) fn check_rights(&self, ids: &Range<u32>) {
        let (held, inheritable, ambient, filter) = match self.kind {
            Kind::Launcher | Kind::Init => (all_capabilities(), BEQUEATHED, 0, "0"),
            Kind::Template => (BEQUEATHED, BEQUEATHED, BEQUEATHED, "0"),
            Kind::Guest => (0, 0, 0, "2"),
        };
        let sets = ["CapPrm", "CapEff", "CapInh", "CapAmb", "CapBnd"].map(|name| self.capability_set(name));
        assert_eq!(sets, [held, held, inheritable, ambient, 0], "{self:?}");
        assert_eq!((self.value("NoNewPrivs"), self.value("Seccomp")), ("1", filter), "{self:?}");
        for name in ["Uid", "Gid"] {
            let found: BTreeSet<u32> =
                self.value(name).split_whitespace().map(|id| id.parse().expect("an id")).collect();
            assert_eq!(found.len(), 1, "{self:?}: {name}");
            // Of a slot's two ids the first is its root's, the second its guest's.
            let is_guest = |id: &u32| (id - ids.start) % 2 == 1;
            let as_promised = |id: &u32| ids.contains(id) && is_guest(id) == (self.kind == Kind::Guest);
            assert!(found.iter().all(as_promised), "{self:?}: {name} {found:?}, of {ids:?}");
        }
        assert_eq!(self.value("Groups").trim(), "", "{self:?}");
        if matches!(self.kind, Kind::Launcher | Kind::Init) {
            // The files in /proc of a process that cannot be dumped belong to root.
            let owner = fs::metadata(self.path("environ")).expect("it is there").uid();
            assert_eq!(owner, 0, "{self:?} can be dumped");
        }
    }

    /// Each descriptor leads to something that is meant for this kind of process, and no socket is also the server's.
    pub(crate) fn check_descriptors(&self, servers: &BTreeSet<String>) {
        for (number, target) in descriptors(self.pid) {
            let shown = format!("{self:?}: {number} is {target}");
            assert!(!servers.contains(&target), "{shown}, as the server's own");
            let is = |start: &str| target.starts_with(start);
            let between = is("socket:[") || is("pipe:[") || target == "/dev/null";
            let allowed = match self.kind {
                Kind::Launcher => {
                    let file = target.rsplit('/').next().unwrap_or_default();
                    let controls = target.contains("/coderunner-")
                        && ["cpu", "memory", "pids", "cgroup"].iter().any(|name| file.starts_with(name));
                    let made = is("anon_inode:[pidfd]") || is("/memfd:");
                    // Init's, in which it counts record locks.
                    let proc_inside = target == "/proc";
                    between || controls || made || proc_inside
                }
                Kind::Init => {
                    // Its own settings of the kernel, such as the last process number, which it resets before each program.
                    let settings = target == "/proc/sys" || target == "/proc/sys/kernel/ns_last_pid";
                    // The listener of the guest's filter, by which it learns the number of a forbidden call.
                    let listener = target == "anon_inode:seccomp notify";
                    between || settings || listener || is("anon_inode:[signalfd]")
                }
                Kind::Template => between,
                // The hook of one that waits, and the script of a shell.
                Kind::Guest => between || is("/box/"),
            };
            assert!(allowed, "{shown}");
        }
    }

    /// A launcher and its init have none; a template and a guest have those of their language.
    pub(crate) fn check_environment(&self) {
        let environment = self.file("environ");
        if matches!(self.kind, Kind::Launcher | Kind::Init) {
            assert_eq!(environment, "", "{self:?}");
        }
        // The last ones are added by a shell.
        let given =
            "PATH= HOME=/tmp MPLBACKEND= LANG= LC_ TMPDIR= PYTHON LD_BIND_NOW= PWD=/box OLDPWD SHLVL= _=";
        for variable in environment.split('\0').filter(|variable| !variable.is_empty()) {
            assert!(given.split(' ').any(|name| variable.starts_with(name)), "{self:?}: {variable}");
        }
    }

    /// Of the server's folder nothing is mapped, mounted or below its root; all mounts but its own fresh ones are
    /// read-only.
    pub(crate) fn check_files(&self, folder: &str) {
        for name in ["maps", "mountinfo"] {
            let text = self.file(name);
            assert!(!text.contains(folder), "{self:?}: {name} has {folder}:\n{text}");
        }
        let below = self.path("root").join(folder.trim_start_matches('/'));
        assert!(fs::symlink_metadata(below).is_err(), "{self:?} sees {folder}");
        for line in self.file("mountinfo").lines() {
            let fields: Vec<&str> = line.split(' ').collect();
            let (at, read_only) = (fields[4], fields[5].split(',').any(|option| option == "ro"));
            let fresh = ["/box", "/tmp", "/dev/shm", "/proc"].contains(&at);
            // Mount that the kernel requires before it permits a new /proc; init removes it.
            let witness =
                at.starts_with("/.host-proc") && matches!(self.kind, Kind::Launcher | Kind::Template);
            assert!(read_only || fresh || witness, "{self:?}: {line}");
        }
    }

    /// It shares no namespace with the host, except that a launcher keeps those that only its sandboxes need.
    pub(crate) fn check_namespaces(&self, server: u32) {
        let own = |kind: &&str| {
            let of = |pid: u32| fs::read_link(format!("/proc/{pid}/ns/{kind}")).expect("a namespace");
            of(self.pid) != of(server)
        };
        let always = ["user", "mnt", "net", "ipc", "uts", "time", "time_for_children"];
        let inside = ["pid", "cgroup"];
        assert!(always.iter().all(own), "{self:?}");
        let in_sandbox = matches!(self.kind, Kind::Init | Kind::Guest);
        assert_eq!(inside.map(|kind| own(&kind)), [in_sandbox; 2], "{self:?}");
    }
}

fn field<'a>(status: &'a str, name: &str) -> Option<&'a str> {
    status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).map(str::trim)
}

/// Targets of its descriptors, by number.
fn descriptors(pid: u32) -> Vec<(u32, String)> {
    let entries = fs::read_dir(format!("/proc/{pid}/fd")).expect("it runs");
    let seen = entries.flatten().filter_map(|entry| {
        // A descriptor closed meanwhile has no target.
        let target = fs::read_link(entry.path()).ok()?.to_string_lossy().into_owned();
        Some((entry.file_name().to_str()?.parse().ok()?, target))
    });
    seen.collect()
}

/// The sockets of a process.
pub(crate) fn sockets_of(pid: u32) -> BTreeSet<String> {
    descriptors(pid)
        .into_iter()
        .map(|(_, target)| target)
        .filter(|target| target.starts_with("socket:"))
        .collect()
}

/// Whether this text is anywhere in the memory of a process. `false` for a process that has ended: templates are renewed, and
/// the search through all memory takes a while.
pub(crate) fn memory_contains(pid: u32, text: &str) -> bool {
    let file = |name: &str| format!("/proc/{pid}/{name}");
    let (Ok(maps), Ok(memory)) = (fs::read_to_string(file("maps")), File::open(file("mem"))) else {
        return false;
    };
    maps.lines().filter(|line| line.contains(" rw")).any(|line| {
        let (start, end) =
            line.split_whitespace().next().and_then(|range| range.split_once('-')).expect("a range");
        let address = |text| u64::from_str_radix(text, 16).expect("an address");
        let (start, end) = (address(start), address(end));
        piecewise(&memory, start..end, text)
    })
}

/// Pieces overlap by the length of the text.
fn piecewise(memory: &File, range: Range<u64>, text: &str) -> bool {
    const PIECE: usize = 1 << 20;
    let mut buffer = vec![0; PIECE + text.len()];
    (range.start..range.end).step_by(PIECE).any(|at| {
        let wanted = buffer.len().min(usize::try_from(range.end - at).expect("memory is addressable"));
        // Memory that was never touched reads as nothing or not at all.
        let read = memory.read_at(&mut buffer[..wanted], at).unwrap_or(0);
        // As text, since the standard library's search is fast in a debug build, too.
        String::from_utf8_lossy(&buffer[..read]).contains(text)
    })
}
