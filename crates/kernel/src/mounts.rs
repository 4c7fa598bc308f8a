//! Mounts: file system of a sandbox.
//!
//! Host folders are detached copies of their mounts, restricted before they are attached; all writable folders are new
//! tmpfs instances with limits on size and inodes.

use std::{
    ffi::{CStr, CString},
    os::fd::{AsFd, AsRawFd, OwnedFd},
    path::Path,
};

use rustix::{
    fs::{AtFlags, CWD, FileType, Mode, chmodat, mknodat, stat},
    io::Errno,
    mount::{
        FsMountFlags, FsOpenFlags, MountAttrFlags, MountFlags, MountPropagationFlags, MoveMountFlags,
        OpenTreeFlags, UnmountFlags, fsconfig_create, fsconfig_set_string, fsmount, fsopen, mount,
        mount_bind, mount_change, mount_move, move_mount, open_tree, unmount as kernel_unmount,
    },
    path::Arg,
    process::{chdir, pivot_root},
};

use crate::{KernelError, Step, StepContext};

/// Permitted use of a host folder in a sandbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MountAccess {
    /// Read and execute: toolchains.
    Toolchain,
    /// Open a device node.
    Device,
    /// No access: the host's `/proc`, which must be visible before the kernel permits another mount of proc.
    HostProc,
}

/// A detached, restricted copy of a mount and all below it.
#[derive(Debug)]
pub struct MountTree(OwnedFd);

#[repr(C)]
struct MountAttr {
    attr_set: u64,
    attr_clr: u64,
    propagation: u64,
    userns_fd: u64,
}

const MOUNT_ATTR_RDONLY: u64 = 1;
const MOUNT_ATTR_NOSUID: u64 = 2;
const MOUNT_ATTR_NODEV: u64 = 4;
const MOUNT_ATTR_NOEXEC: u64 = 8;

/// Copies the host's mounts at `source`, read-only and without set-id programs.
pub fn clone_mount_tree(source: &Path, access: MountAccess) -> Result<MountTree, KernelError> {
    let flags =
        OpenTreeFlags::OPEN_TREE_CLONE | OpenTreeFlags::OPEN_TREE_CLOEXEC | OpenTreeFlags::AT_RECURSIVE;
    let tree = open_tree(CWD, source, flags).at(Step::CloneTree)?;
    match access {
        MountAccess::Toolchain => restrict(&tree, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV)?,
        MountAccess::Device => restrict(&tree, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC)?,
        MountAccess::HostProc => {}
    }
    Ok(MountTree(tree))
}

/// Devices of the host, by their names in `/dev`, as nodes with inodes of their own in a file system that is not mounted yet. Only
/// root of the host may create device nodes (`CAP_MKNOD`): `None` for other users.
pub fn make_devices(names: &[&str]) -> Result<Option<MountTree>, KernelError> {
    match device_nodes(names) {
        Ok(devices) => {
            restrict(&devices, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC)?;
            Ok(Some(MountTree(devices)))
        }
        Err(Errno::PERM | Errno::ACCESS) => Ok(None),
        Err(errno) => Err(errno).at(Step::MakeDevices),
    }
}

fn device_nodes(names: &[&str]) -> rustix::io::Result<OwnedFd> {
    let context = fsopen(c"tmpfs", FsOpenFlags::FSOPEN_CLOEXEC)?;
    fsconfig_set_string(&context, c"mode", c"0755")?;
    fsconfig_set_string(&context, c"size", c"64k")?;
    fsconfig_create(&context)?;
    let folder = fsmount(&context, FsMountFlags::FSMOUNT_CLOEXEC, MountAttrFlags::empty())?;
    for name in names {
        let found = match stat(Path::new("/dev").join(name)) {
            Err(Errno::NOENT) => continue,
            found => found?,
        };
        let everybodys = Mode::from_raw_mode(0o666);
        mknodat(&folder, *name, FileType::CharacterDevice, everybodys, found.st_rdev)?;
        // Independent of the umask.
        chmodat(&folder, *name, everybodys, AtFlags::empty())?;
    }
    Ok(folder)
}

/// Bind-mounts the file `source` at `target`, which exists.
pub fn bind_mount(source: &Path, target: &Path) -> Result<(), KernelError> {
    mount_bind(source, target).at(Step::AttachTree)
}

impl MountTree {
    /// Attaches the copy at `target`, which exists.
    pub fn attach(self, target: &Path) -> Result<(), KernelError> {
        move_mount(&self.0, c"", CWD, target, MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH).at(Step::AttachTree)
    }
}

/// Mounts the folder `lower` at `target`, read-only, as an overlay whose files have inodes of their own. Locks, watches and access
/// times on these inodes do not reach the original files; only the content is shared. Mounts below `lower` are not visible. `empty`
/// is an empty folder, because an overlay needs two layers.
///
/// Fails without overlayfs, and if a mount below `lower` is locked in this namespace.
pub fn mount_overlay(lower: &Path, empty: &Path, target: &Path) -> Result<(), KernelError> {
    let options =
        format!("lowerdir={}:{},redirect_dir=nofollow,metacopy=off", lower.display(), empty.display());
    let options = CString::new(options).map_err(std::io::Error::from).at(Step::MountView)?;
    let flags = MountFlags::RDONLY | MountFlags::NOSUID | MountFlags::NODEV;
    mount(c"overlay", target, c"overlay", flags, options.as_c_str()).at(Step::MountView)
}

fn restrict(tree: impl AsFd, attributes: u64) -> Result<(), KernelError> {
    let attr = MountAttr { attr_set: attributes, attr_clr: 0, propagation: 0, userns_fd: 0 };
    let flags = libc::AT_EMPTY_PATH | libc::AT_RECURSIVE;
    // SAFETY: the path is a C string and `attr` has the layout of the kernel's struct mount_attr; both outlive the call.
    let result = unsafe {
        libc::syscall(
            libc::SYS_mount_setattr,
            tree.as_fd().as_raw_fd(),
            c"".as_ptr(),
            flags,
            &raw const attr,
            size_of::<MountAttr>(),
        )
    };
    if result == 0 { Ok(()) } else { Err(KernelError::last(Step::RestrictTree)) }
}

/// Makes all mounts private: no mount event of the original namespace propagates into this one.
pub fn make_mounts_private() -> Result<(), KernelError> {
    mount_change(c"/", MountPropagationFlags::PRIVATE | MountPropagationFlags::REC).at(Step::PrivateMounts)
}

/// Mounts a new tmpfs at `target`. `options` as in tmpfs(5).
pub fn mount_tmpfs(target: &CStr, options: &CStr, flags: MountFlags) -> Result<(), KernelError> {
    let flags = flags | MountFlags::NOSUID | MountFlags::NODEV;
    mount(c"tmpfs", target, c"tmpfs", flags, options).at(Step::MountTmpfs)
}

/// Changes the limits of the tmpfs mounted at `target`. `options` and `flags` as for [`mount_tmpfs`]; their ownership applies to
/// new mounts only.
pub fn resize_tmpfs(target: &CStr, options: &CStr, flags: MountFlags) -> Result<(), KernelError> {
    let flags = flags | MountFlags::NOSUID | MountFlags::NODEV;
    rustix::mount::mount_remount(target, flags, options).at(Step::MountTmpfs)
}

/// Mounts proc for this pid namespace at `target`; other users' processes are not shown.
pub fn mount_proc(target: &CStr) -> Result<(), KernelError> {
    let flags = MountFlags::NOSUID | MountFlags::NODEV | MountFlags::NOEXEC;
    mount(c"proc", target, c"proc", flags, c"hidepid=2").at(Step::MountProc)
}

/// Bind-mounts `cover` over `target`, if `target` exists.
pub fn mask_path(target: &CStr, cover: &CStr) -> Result<(), KernelError> {
    match mount_bind(cover, target) {
        Ok(()) | Err(Errno::NOENT) => Ok(()),
        Err(errno) => Err(KernelError { step: Step::MaskProc, errno: errno.raw_os_error() }),
    }
}

/// Makes a folder read-only and not executable, while the rest of its file system stays writable.
pub fn make_read_only(target: &CStr) -> Result<(), KernelError> {
    mount_bind(target, target).at(Step::SealProc)?;
    let flags =
        MountFlags::BIND | MountFlags::RDONLY | MountFlags::NOSUID | MountFlags::NODEV | MountFlags::NOEXEC;
    rustix::mount::mount_remount(target, flags, c"").at(Step::SealProc)
}

/// Moves the mount at `from` to the folder `to`.
pub fn move_mount_to(from: impl Arg, to: impl Arg, step: Step) -> Result<(), KernelError> {
    mount_move(from, to).at(step)
}

/// Detaches a mount and all mounts below it: lookups no longer find it, and open files keep it alive.
pub fn unmount(target: &CStr, step: Step) -> Result<(), KernelError> {
    kernel_unmount(target, UnmountFlags::DETACH).at(step)
}

/// Makes `root`, a mount, the root of this mount namespace, and detaches the old root.
pub fn pivot_root_to(root: &Path) -> Result<(), KernelError> {
    chdir(root).at(Step::EnterRoot)?;
    // Old and new root are stacked at one path: pivot_root(2), "pivot_root(".", ".")".
    pivot_root(".", ".").at(Step::PivotRoot)?;
    unmount(c".", Step::DetachOldRoot)?;
    chdir("/").at(Step::EnterRoot)
}

/// Makes the root mount read-only permanently, without the mounts below it.
pub fn make_root_read_only() -> Result<(), KernelError> {
    let flags = MountFlags::BIND | MountFlags::RDONLY | MountFlags::NOSUID | MountFlags::NODEV;
    rustix::mount::mount_remount(c"/", flags, c"").at(Step::SealRoot)
}
