//! Root file system of all sandboxes of a launcher: toolchains of the host, read-only; a few devices; a minimal `/etc`.
//! Init mounts the writable folders on top, new for each sandbox.
//!
//! Toolchains get inodes that belong to this root, if the kernel supports it. Otherwise a lock, a watch or a lease on one of
//! their files would reach other sandboxes and the host.

use std::{
    ffi::{CStr, OsStr},
    fs,
    io::ErrorKind,
    os::unix::{ffi::OsStrExt, fs::symlink},
    path::{Path, PathBuf},
};

use kernel::{KernelError, MountAccess, MountTree, Step, StepContext, clone_mount_tree};

use crate::{
    paths::HOST_PROC,
    protocol::{Inodes, UsageSource},
    recipe::FolderMount,
};

/// Folder where the new root is assembled: any folder that every host has.
const STAGING: &str = "/tmp";

/// Mount point of a folder while its overlay is made, and an empty folder.
const LOWER: &CStr = c"/tmp/.lower";
const EMPTY: &str = "/tmp/run";

/// Maximum size of a single file that is copied into the root.
const MAX_COPY: u64 = 1 << 20;

/// Folders of the host that programs need. `/usr/local` is mounted only if a toolchain is in it.
const SYSTEM: [&str; 9] = [
    "/usr/bin",
    "/usr/lib",
    "/usr/lib32",
    "/usr/lib64",
    "/usr/libexec",
    "/usr/include",
    "/usr/share",
    "/etc/alternatives",
    "/etc/ld.so.cache",
];

/// Links at the root on hosts with a merged `/usr`; folders on others.
const ROOT_NAMES: [&str; 5] = ["bin", "lib", "lib32", "lib64", "sbin"];

/// `tty` is the controlling terminal of the process that opens it; most runs have none.
const DEVICES: [&str; 6] = ["null", "zero", "full", "random", "urandom", "tty"];

/// This device maps shared anonymous memory, which only a cgroup counts.
const COUNTED_BY_GROUPS: &str = "zero";

const ETC: [(&str, &str); 5] = [
    (
        "passwd",
        "root:x:0:0:root:/root:/bin/sh\nguest:x:1000:1000:guest:/box:/bin/sh\nnobody:x:65534:65534::/:/bin/false\n",
    ),
    ("group", "root:x:0:\nguest:x:1000:\nnogroup:x:65534:\n"),
    ("hostname", "sandbox\n"),
    ("hosts", "127.0.0.1 localhost sandbox\n::1 localhost\n"),
    ("nsswitch.conf", "passwd: files\ngroup: files\nhosts: files\n"),
];

/// Parts of a root, copied from the host.
pub(super) struct RootParts {
    /// Devices with inodes of their own, if they could be made.
    devices: Option<MountTree>,
    entries: Vec<(PathBuf, Entry)>,
    links: Vec<(&'static str, PathBuf)>,
}

enum Entry {
    /// A folder of the host that holds toolchains.
    Toolchain(MountTree),
    /// A file of the host, and the owner of its inode.
    File(MountTree, Inodes),
    /// The host's `/proc`.
    Proc(MountTree),
    /// The content of a small file.
    Copy(Vec<u8>),
}

/// Makes device nodes with inodes of their own, if this process may. To be called while it has the host's rights.
pub(super) fn make_devices(counting: UsageSource) -> Result<Option<MountTree>, KernelError> {
    kernel::make_devices(&devices(counting))
}

fn devices(counting: UsageSource) -> Vec<&'static str> {
    DEVICES.into_iter().filter(|name| counting == UsageSource::Cgroup || *name != COUNTED_BY_GROUPS).collect()
}

/// Copies the mounts of the host that go into the root: the system's folders and `extra` ones. Without devices that were
/// made, also those of the host.
pub(super) fn collect(
    extra: &[FolderMount],
    made: Option<MountTree>,
    counting: UsageSource,
) -> Result<RootParts, KernelError> {
    let mut parts = RootParts { devices: made, entries: Vec::new(), links: Vec::new() };
    for path in SYSTEM {
        parts.add_if_there(Path::new(path), MountAccess::Toolchain)?;
    }
    for folder in extra.iter().filter(|folder| !SYSTEM.iter().any(|system| folder.target.starts_with(system)))
    {
        parts.add_at(&folder.target, &folder.source, MountAccess::Toolchain)?;
    }
    for name in ROOT_NAMES {
        let path = Path::new("/").join(name);
        match fs::read_link(&path) {
            Ok(target) => parts.links.push((name, target)),
            Err(_) => parts.add_if_there(&path, MountAccess::Toolchain)?,
        }
    }
    if parts.devices.is_none() {
        for name in devices(counting) {
            parts.add_if_there(&Path::new("/dev").join(name), MountAccess::Device)?;
        }
    }
    let proc = clone_mount_tree(Path::new("/proc"), MountAccess::HostProc)?;
    parts.entries.push((PathBuf::from(HOST_PROC.to_string_lossy().into_owned()), Entry::Proc(proc)));
    Ok(parts)
}

impl RootParts {
    fn add_if_there(&mut self, path: &Path, access: MountAccess) -> Result<(), KernelError> {
        self.add_at(path, path, access)
    }

    fn add_at(&mut self, target: &Path, source: &Path, access: MountAccess) -> Result<(), KernelError> {
        let found = match fs::metadata(source) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            other => other.at(Step::CloneTree)?,
        };
        let is_small = found.is_file() && found.len() <= MAX_COPY;
        let entry = match access {
            MountAccess::Toolchain if found.is_dir() => Entry::Toolchain(clone_mount_tree(source, access)?),
            MountAccess::Toolchain if is_small => Entry::Copy(fs::read(source).at(Step::ReadFile)?),
            MountAccess::Toolchain => Entry::File(clone_mount_tree(source, access)?, Inodes::Shared),
            // Only its use can be observed.
            MountAccess::Device | MountAccess::HostProc => {
                Entry::File(clone_mount_tree(source, access)?, Inodes::Own)
            }
        };
        self.entries.push((target.to_owned(), entry));
        Ok(())
    }
}

/// Assembles the parts and makes the result the root of this process, read-only.
pub(super) fn build(parts: RootParts, files: &[(PathBuf, String)]) -> Result<Inodes, KernelError> {
    kernel::mount_tmpfs(c"/tmp", c"mode=0755,size=8m,nr_inodes=512", rustix::mount::MountFlags::empty())?;
    let site = Path::new(STAGING);
    for folder in ["box", "tmp", "proc", "etc", "dev", "dev/shm", "dev/pts", "root", "var/tmp", "run"] {
        create_folder(&site.join(folder))?;
    }
    for (name, content) in ETC {
        fs::write(site.join("etc").join(name), content).at(Step::CreateRootEntry)?;
    }
    for (name, target) in parts.links {
        symlink(target, site.join(name)).at(Step::CreateRootEntry)?;
    }
    for (name, target) in [("fd", ""), ("stdin", "/0"), ("stdout", "/1"), ("stderr", "/2")] {
        symlink(format!("/proc/self/fd{target}"), site.join("dev").join(name)).at(Step::CreateRootEntry)?;
    }
    // Dangling until a run gets a terminal.
    symlink("pts/ptmx", site.join("dev/ptmx")).at(Step::CreateRootEntry)?;
    if let Some(devices) = parts.devices {
        show_devices(devices, &site.join("dev"))?;
    }
    let mut inodes = Inodes::Own;
    for (path, entry) in parts.entries {
        let target = site.join(path.strip_prefix("/").unwrap_or(&path));
        inodes = inodes.and(entry.install(&target)?);
    }
    fs::remove_dir(path_of(LOWER)).or_else(unless_missing).at(Step::CreateRootEntry)?;
    for (path, content) in files {
        let target = site.join(path.strip_prefix("/").unwrap_or(path));
        create_file(&target)?;
        fs::write(&target, content).at(Step::CreateRootEntry)?;
    }
    kernel::pivot_root_to(site)?;
    kernel::make_root_read_only()?;
    Ok(inodes)
}

impl Entry {
    /// Installs the entry and returns the owner of its inodes.
    fn install(self, target: &Path) -> Result<Inodes, KernelError> {
        match self {
            Self::Toolchain(tree) => {
                create_folder(target)?;
                return mount_overlay(tree, target);
            }
            Self::Proc(tree) => {
                create_folder(target)?;
                tree.attach(target)?;
            }
            Self::File(tree, inodes) => {
                create_file(target)?;
                return tree.attach(target).map(|()| inodes);
            }
            Self::Copy(content) => {
                create_file(target)?;
                fs::write(target, content).at(Step::CreateRootEntry)?;
            }
        }
        Ok(Inodes::Own)
    }
}

fn show_devices(devices: MountTree, target: &Path) -> Result<(), KernelError> {
    let made = path_of(LOWER);
    create_folder(made)?;
    devices.attach(made)?;
    for name in DEVICES.into_iter().filter(|name| made.join(name).exists()) {
        create_file(&target.join(name))?;
        kernel::bind_mount(&made.join(name), &target.join(name))?;
    }
    kernel::unmount(LOWER, Step::AttachTree)
}

/// Mounts an overlay of the folder with inodes of its own, or the folder itself if that fails.
fn mount_overlay(folder: MountTree, target: &Path) -> Result<Inodes, KernelError> {
    let lower = path_of(LOWER);
    create_folder(lower)?;
    folder.attach(lower)?;
    match kernel::mount_overlay(lower, Path::new(EMPTY), target) {
        Ok(()) => kernel::unmount(LOWER, Step::MountView).map(|()| Inodes::Own),
        // The launcher then refuses some system calls, and `doctor` reports it.
        Err(_) => kernel::move_mount_to(lower, target, Step::AttachTree).map(|()| Inodes::Shared),
    }
}

fn path_of(text: &CStr) -> &Path {
    Path::new(OsStr::from_bytes(text.to_bytes()))
}

fn unless_missing(error: std::io::Error) -> std::io::Result<()> {
    if error.kind() == ErrorKind::NotFound { Ok(()) } else { Err(error) }
}

fn create_folder(path: &Path) -> Result<(), KernelError> {
    fs::create_dir_all(path).at(Step::CreateRootEntry)
}

fn create_file(path: &Path) -> Result<(), KernelError> {
    if let Some(parent) = path.parent() {
        create_folder(parent)?;
    }
    fs::write(path, "").at(Step::CreateRootEntry)
}
