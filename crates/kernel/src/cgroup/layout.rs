//! Cgroup layout: detection of this process's own groups, and delegation of controllers.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use crate::{KernelError, Step, StepContext};

/// The leaf group for processes that were in the own group (version 2).
const LEAF: &str = "coderunner-itself";

/// The own groups of this process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Layout {
    /// Version 1: a hierarchy per controller. A v2 tree without controllers beside it ("hybrid") changes nothing.
    V1 {
        /// Our group in the memory hierarchy.
        memory: PathBuf,
        /// Our group in the pids hierarchy.
        pids: PathBuf,
        /// Our group in the cpuacct hierarchy.
        cpuacct: PathBuf,
        /// Our group in the cpu hierarchy, which may be the same one. Welcome, but not needed.
        cpu: Option<PathBuf>,
    },
    /// Version 2, with the memory and pids controllers.
    V2 {
        /// Our group.
        own: PathBuf,
    },
    /// None that can be used.
    None {
        /// The reason, and how to change it.
        reason: String,
    },
}

/// The version of a layout, for reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CgroupVersion {
    /// Version 1.
    V1,
    /// Version 2.
    V2,
    /// No usable cgroups.
    None,
}

impl CgroupVersion {
    /// The name in `doctor` and metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::V1 => "v1",
            Self::V2 => "v2",
            Self::None => "none",
        }
    }
}

impl Layout {
    /// The layout that this process finds itself in.
    pub fn of_this_process() -> Self {
        let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
        let layout = Self::detect(&read("/proc/self/mountinfo"), &read("/proc/self/cgroup"), &|folder| {
            read(&folder.join("cgroup.controllers").to_string_lossy())
        });
        layout.filter_cpu(&is_writable).or_none_if_read_only()
    }

    /// The layout, from `/proc/self/mountinfo`, `/proc/self/cgroup`, and the `cgroup.controllers` of a v2 folder.
    pub fn detect(mountinfo: &str, cgroup: &str, controllers: &dyn Fn(&Path) -> String) -> Self {
        if let [Some(memory), Some(pids), Some(cpuacct)] =
            ["memory", "pids", "cpuacct"].map(|controller| v1_folder(mountinfo, cgroup, controller))
        {
            let cpu = v1_folder(mountinfo, cgroup, "cpu");
            return Self::V1 { memory, pids, cpuacct, cpu };
        }
        let Some(own) = v2_folder(mountinfo, cgroup) else {
            return Self::None { reason: "no cgroup file system is mounted".to_owned() };
        };
        let own = without_leaf(own);
        let listed = controllers(&own);
        let missing: Vec<&str> = ["memory", "pids"]
            .into_iter()
            .filter(|controller| !listed.split_whitespace().any(|one| one == *controller))
            .collect();
        if missing.is_empty() {
            return Self::V2 { own };
        }
        Self::None {
            reason: format!(
                "the cgroup v2 group of this process lacks the controllers {}; delegate them to it (systemd: Delegate=yes)",
                missing.join(" and ")
            ),
        }
    }

    /// The same without our group in the cpu hierarchy where that cannot be used.
    fn filter_cpu(mut self, usable: &dyn Fn(&Path) -> bool) -> Self {
        if let Self::V1 { cpu, .. } = &mut self {
            *cpu = cpu.take().filter(|cpu| usable(cpu));
        }
        self
    }

    fn or_none_if_read_only(self) -> Self {
        let refused = self.folders().into_iter().find_map(|folder| {
            rustix::fs::access(folder, rustix::fs::Access::WRITE_OK)
                .err()
                .map(|errno| (folder.to_owned(), errno))
        });
        match refused {
            None => self,
            Some((folder, errno)) => Self::None {
                reason: format!(
                    "{} may not be written: {}; run as root or delegate it",
                    folder.display(),
                    io::Error::from(errno).kind()
                ),
            },
        }
    }

    /// Our group's folders.
    pub(super) fn folders(&self) -> Vec<&Path> {
        match self {
            Self::V1 { memory, pids, cpuacct, cpu } => {
                [memory, pids, cpuacct].into_iter().chain(cpu).map(PathBuf::as_path).collect()
            }
            Self::V2 { own } => vec![own],
            Self::None { .. } => vec![],
        }
    }

    /// The version.
    pub const fn version(&self) -> CgroupVersion {
        match self {
            Self::V1 { .. } => CgroupVersion::V1,
            Self::V2 { .. } => CgroupVersion::V2,
            Self::None { .. } => CgroupVersion::None,
        }
    }
}

/// One line of mountinfo: see `proc_pid_mountinfo(5)`.
struct Mount<'a> {
    root: &'a str,
    target: &'a str,
    kind: &'a str,
    super_options: &'a str,
}

fn mounts(mountinfo: &str) -> impl Iterator<Item = Mount<'_>> {
    mountinfo.lines().filter_map(|line| {
        let (left, right) = line.split_once(" - ")?;
        let left: Vec<&str> = left.split(' ').collect();
        let right: Vec<&str> = right.split(' ').collect();
        Some(Mount {
            root: left.get(3)?,
            target: left.get(4)?,
            kind: right.first()?,
            super_options: right.get(2)?,
        })
    })
}

fn is_writable(folder: &Path) -> bool {
    rustix::fs::access(folder, rustix::fs::Access::WRITE_OK).is_ok()
}

fn v1_folder(mountinfo: &str, cgroup: &str, controller: &str) -> Option<PathBuf> {
    let has = |list: &str| list.split(',').any(|one| one == controller);
    let mount = mounts(mountinfo).find(|mount| mount.kind == "cgroup" && has(mount.super_options))?;
    // "4:cpu,cpuacct:/path"
    let path = cgroup.lines().find_map(|line| {
        let mut fields = line.splitn(3, ':').skip(1);
        has(fields.next()?).then(|| fields.next())?
    })?;
    Some(folder(&mount, path))
}

/// The groups of this process that may limit its memory, whether or not they can be used: in a hybrid there are two.
pub(super) fn memory_folders(mountinfo: &str, cgroup: &str) -> Vec<PathBuf> {
    [v1_folder(mountinfo, cgroup, "memory"), v2_folder(mountinfo, cgroup)].into_iter().flatten().collect()
}

fn v2_folder(mountinfo: &str, cgroup: &str) -> Option<PathBuf> {
    let mount = mounts(mountinfo).find(|mount| mount.kind == "cgroup2")?;
    let path = cgroup.lines().find_map(|line| line.strip_prefix("0::"))?;
    Some(folder(&mount, path))
}

/// A process started by a process that [`delegate`] has moved into a leaf is in the leaf, too. Its groups are created
/// beside that leaf, since a leaf of the leaf would be deeper with every program started from the same shell.
fn without_leaf(own: PathBuf) -> PathBuf {
    match own.parent() {
        Some(parent) if own.ends_with(LEAF) => parent.to_owned(),
        _ => own,
    }
}

/// A group's path is relative to the hierarchy's root; a mount (in a container) may show only a part of that.
fn folder(mount: &Mount<'_>, path: &str) -> PathBuf {
    let below = path.strip_prefix(mount.root.trim_end_matches('/')).unwrap_or(path);
    Path::new(mount.target).join(below.trim_start_matches('/'))
}

/// Makes it possible to put groups with controllers below `own`, which holds processes (ours among them): version 2 wants
/// them in a leaf first.
pub(super) fn delegate(own: &Path) -> Result<(), KernelError> {
    match enable_controllers(own) {
        Err(error) if error.raw_os_error() == Some(libc::EBUSY) => {}
        other => return other.at(Step::WriteCgroupFile),
    }
    let leaf = own.join(LEAF);
    super::folder::create_group(&leaf)?;
    let processes = fs::read_to_string(own.join("cgroup.procs")).at(Step::ReadCgroupFile)?;
    for pid in processes.lines() {
        // A process that has ended meanwhile need not move.
        let _ended = fs::write(leaf.join("cgroup.procs"), pid);
    }
    enable_controllers(own).at(Step::WriteCgroupFile)
}

pub(super) fn enable_controllers(folder: &Path) -> io::Result<()> {
    let file = folder.join("cgroup.subtree_control");
    fs::write(&file, "+memory +pids")?;
    // cpu.stat has the CPU time even without the controller, so it is welcome but not needed.
    let _unavailable = fs::write(&file, "+cpu");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const V1: (&str, &str) = (
        include_str!("../../tests/recorded/v1-split/mountinfo"),
        include_str!("../../tests/recorded/v1-split/cgroup"),
    );
    const V1_JOINED: (&str, &str) = (
        include_str!("../../tests/recorded/v1-joined/mountinfo"),
        include_str!("../../tests/recorded/v1-joined/cgroup"),
    );
    const V2: (&str, &str) =
        (include_str!("../../tests/recorded/v2/mountinfo"), include_str!("../../tests/recorded/v2/cgroup"));
    const V2_CONTAINER: (&str, &str) = (
        include_str!("../../tests/recorded/v2-container/mountinfo"),
        include_str!("../../tests/recorded/v2-container/cgroup"),
    );

    fn check((mountinfo, cgroup): (&str, &str), controllers: &str, expected: &Layout) {
        assert_eq!(Layout::detect(mountinfo, cgroup, &|_| controllers.to_owned()), *expected);
    }

    #[test]
    fn v1_controllers_beside_an_empty_v2_tree_are_v1() {
        let expected = Layout::V1 {
            memory: "/sys/fs/cgroup/memory/agent/7".into(),
            pids: "/sys/fs/cgroup/pids".into(),
            cpuacct: "/sys/fs/cgroup/cpuacct".into(),
            cpu: Some("/sys/fs/cgroup/cpu".into()),
        };
        check(V1, "", &expected);
    }

    #[test]
    fn v1_controllers_may_share_a_hierarchy() {
        let expected = Layout::V1 {
            memory: "/sys/fs/cgroup/memory/user.slice".into(),
            pids: "/sys/fs/cgroup/pids/user.slice/session-1".into(),
            cpuacct: "/sys/fs/cgroup/cpu,cpuacct/user.slice".into(),
            cpu: Some("/sys/fs/cgroup/cpu,cpuacct/user.slice".into()),
        };
        check(V1_JOINED, "", &expected);
    }

    #[test]
    fn v2_with_controllers_is_v2() {
        let own = "/sys/fs/cgroup/system.slice/coderunner.service".into();
        check(V2, "cpu io memory pids\n", &Layout::V2 { own });
    }

    #[test]
    fn from_the_leaf_that_an_earlier_program_made_the_group_around_it_is_found() {
        let cgroup = V2.1.replace("coderunner.service", "coderunner.service/coderunner-itself");
        let own = "/sys/fs/cgroup/system.slice/coderunner.service".into();
        check((V2.0, &cgroup), "memory pids", &Layout::V2 { own });
    }

    #[test]
    fn v2_in_a_container_is_found_below_the_mount() {
        check(V2_CONTAINER, "cpu memory pids", &Layout::V2 { own: "/sys/fs/cgroup".into() });
    }

    #[test]
    fn v2_without_controllers_says_which_are_missing() {
        let Layout::None { reason } = Layout::detect(V2.0, V2.1, &|_| "cpu memory".to_owned()) else {
            panic!("pids is missing");
        };
        assert!(reason.contains("controllers pids"), "{reason}");
    }

    #[test]
    fn no_cgroups_at_all_is_none() {
        let Layout::None { reason } = Layout::detect("", "", &|_| String::new()) else {
            panic!("nothing is mounted");
        };
        assert_eq!(reason, "no cgroup file system is mounted");
    }
}
