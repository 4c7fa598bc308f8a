//! Writable folders of a guest, each a tmpfs of its own: `/box`, `/tmp` and `/dev/shm`.
//!
//! All of them are made anew for the next program, even if nobody wrote to them: the numbers of devices and mounts would
//! otherwise tell which ones were used. To unmount, the kernel waits for all processors, so all three are moved below a
//! fourth mount, which is unmounted as a whole.

use std::{
    cell::Cell,
    ffi::{CStr, CString},
};

use kernel::{Identity, KernelError, Step, StepContext, has_free_space};
use rustix::{
    fs::{Mode, mkdir},
    mount::MountFlags,
};

use crate::{paths::HOST_PROC, recipe::DiskQuota};

/// All writable folders.
pub(super) const WRITABLE: [&CStr; 3] = [c"/box", SCRATCH[0], SCRATCH[1]];

/// Folders in which every user may create files.
const SCRATCH: [&CStr; 2] = [c"/tmp", c"/dev/shm"];

/// Where old mounts are collected before they are unmounted: an unused folder of the root.
const OLD_ROOT: &CStr = HOST_PROC;

/// The folder below [`OLD_ROOT`] for each of [`WRITABLE`].
const OLD_FOLDERS: [&CStr; 3] = [c"/.host-proc/box", c"/.host-proc/tmp", c"/.host-proc/shm"];

pub(super) struct Folders {
    space: Cell<DiskQuota>,
}

impl Folders {
    pub(super) fn make(space: DiskQuota) -> Result<Self, KernelError> {
        make_all(space)?;
        Ok(Self { space: Cell::new(space) })
    }

    /// Sets the quota and keeps the content.
    pub(super) fn resize(&self, space: DiskQuota) -> Result<(), KernelError> {
        if self.space.replace(space) == space {
            return Ok(());
        }
        apply_to_work_folder(space, kernel::resize_tmpfs)?;
        SCRATCH
            .into_iter()
            .try_for_each(|folder| apply_to_scratch_folder(folder, space, kernel::resize_tmpfs))
    }

    /// Mounts all of them anew, with this quota. To be called when no process is left that can write to them.
    pub(super) fn renew(&self, space: DiskQuota) -> Result<(), KernelError> {
        self.space.set(space);
        unmount_writable_folders()?;
        make_all(space)
    }

    /// Whether one of them is full or has no inode left.
    pub(super) fn is_any_full() -> bool {
        !WRITABLE.into_iter().all(has_free_space)
    }
}

fn make_all(space: DiskQuota) -> Result<(), KernelError> {
    apply_to_work_folder(space, kernel::mount_tmpfs)?;
    SCRATCH.into_iter().try_for_each(|folder| apply_to_scratch_folder(folder, space, kernel::mount_tmpfs))
}

fn unmount_writable_folders() -> Result<(), KernelError> {
    kernel::mount_tmpfs(OLD_ROOT, c"size=4k,nr_inodes=8,mode=0700", MountFlags::NOEXEC)?;
    for (folder, place) in WRITABLE.into_iter().zip(OLD_FOLDERS) {
        mkdir(place, Mode::RWXU).at(Step::MoveOldFolder)?;
        kernel::move_mount_to(folder, place, Step::MoveOldFolder)?;
    }
    kernel::unmount(OLD_ROOT, Step::UnmountOldFolder)
}

/// Mount or resize operation.
type MountOperation = fn(&CStr, &CStr, MountFlags) -> Result<(), KernelError>;

fn apply_to_work_folder(space: DiskQuota, act: MountOperation) -> Result<(), KernelError> {
    let guest = Identity::GUEST;
    act(WRITABLE[0], &options(space, &format!("mode=0700,uid={guest},gid={guest}"))?, MountFlags::empty())
}

fn apply_to_scratch_folder(folder: &CStr, space: DiskQuota, act: MountOperation) -> Result<(), KernelError> {
    act(folder, &options(space, "mode=1777")?, MountFlags::NOEXEC)
}

fn options(space: DiskQuota, rest: &str) -> Result<CString, KernelError> {
    let DiskQuota { disk, inodes } = space;
    CString::new(format!("size={},nr_inodes={inodes},{rest}", disk.get()))
        .map_err(std::io::Error::from)
        .at(Step::MountTmpfs)
}
