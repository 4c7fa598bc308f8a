//! The folders that a guest can write, each a file system in memory of its own: `/box`, `/tmp` and `/dev/shm`.
//!
//! For the next program they are made anew, but for `/tmp` and `/dev/shm` where it is certain that nobody has made anything
//! there: to take a mount away, the kernel waits for all processors. What makes it certain is that such a file system numbers
//! its files in the order in which they are made (since Linux 5.9; before, numbers are never those expected). Whatever a guest
//! could leave there is a file with a number, or belongs to the folder itself, which is not the guest's: it can only change the
//! times of that, and these are set anew. `/box` is the guest's, with all that belongs to it.

use std::{
    cell::Cell,
    ffi::{CStr, CString},
};

use kernel::{At, Identity, KernelError, Step, space_left};
use rustix::{
    fs::{AtFlags, CWD, Mode, OFlags, Timespec, Timestamps, UTIME_NOW},
    mount::MountFlags,
};

use crate::recipe::Space;

/// All of them.
pub(super) const WRITABLE: [&CStr; 3] = [c"/box", SCRATCH[0], SCRATCH[1]];

/// Those that are not the guest's own: everybody may make files there.
const SCRATCH: [&CStr; 2] = [c"/tmp", c"/dev/shm"];

/// The number of the first file that is made in a file system; its root has 1.
const FIRST_FILE: u64 = 2;

pub(super) struct Folders {
    identity: Identity,
    space: Cell<Space>,
    /// The number of the next file in each of [`SCRATCH`], if nobody but us has made one.
    next: [Cell<u64>; SCRATCH.len()],
}

impl Folders {
    pub(super) fn make(space: Space, identity: Identity) -> Result<Self, KernelError> {
        let folders = Self { identity, space: Cell::new(space), next: Default::default() };
        make_work(space)?;
        for (folder, next) in SCRATCH.into_iter().zip(&folders.next) {
            make_scratch(folder, next, space)?;
        }
        Ok(folders)
    }

    /// Gives them this space; what is in them stays.
    pub(super) fn resize(&self, space: Space) -> Result<(), KernelError> {
        if self.space.replace(space) == space {
            return Ok(());
        }
        with_work(space, kernel::resize_tmpfs)?;
        SCRATCH.into_iter().try_for_each(|folder| with_scratch(folder, space, kernel::resize_tmpfs))
    }

    /// Makes them as new, with this space. To be called while no process is left that can write there.
    pub(super) fn renew(&self, space: Space) -> Result<(), KernelError> {
        let same_space = self.space.replace(space) == space;
        kernel::unmount(WRITABLE[0], Step::UnmountOldFolder)?;
        make_work(space)?;
        for (folder, next) in SCRATCH.into_iter().zip(&self.next) {
            if same_space && self.is_as_new(folder, next) {
                continue;
            }
            kernel::unmount(folder, Step::UnmountOldFolder)?;
            make_scratch(folder, next, space)?;
        }
        Ok(())
    }

    /// Whether one of them is full, or has no file left to be made.
    pub(super) fn is_any_full() -> bool {
        !WRITABLE.into_iter().all(space_left)
    }

    /// Whether nobody has made a file there; then its times are those of a new one, too. What cannot be told is not so.
    fn is_as_new(&self, folder: &CStr, next: &Cell<u64>) -> bool {
        let expected = next.replace(next.get() + 1);
        // With a single id the folder is the guest's, too.
        self.identity.tells_init_from_guest()
            && number_of_nameless(folder) == Ok(expected)
            && begin_times(folder).is_ok()
    }
}

fn make_work(space: Space) -> Result<(), KernelError> {
    with_work(space, kernel::mount_tmpfs)
}

fn make_scratch(folder: &CStr, next: &Cell<u64>, space: Space) -> Result<(), KernelError> {
    next.set(FIRST_FILE);
    with_scratch(folder, space, kernel::mount_tmpfs)
}

/// Mounting or resizing.
type Act = fn(&CStr, &CStr, MountFlags) -> Result<(), KernelError>;

fn with_work(space: Space, act: Act) -> Result<(), KernelError> {
    let guest = Identity::GUEST;
    act(WRITABLE[0], &options(space, &format!("mode=0700,uid={guest},gid={guest}"))?, MountFlags::empty())
}

fn with_scratch(folder: &CStr, space: Space, act: Act) -> Result<(), KernelError> {
    act(folder, &options(space, "mode=1777")?, MountFlags::NOEXEC)
}

fn options(space: Space, rest: &str) -> Result<CString, KernelError> {
    let Space { disk, inodes } = space;
    CString::new(format!("size={},nr_inodes={inodes},{rest}", disk.get()))
        .map_err(std::io::Error::from)
        .at(Step::MountTmpfs)
}

/// The number that a file gets which is made now, and is gone at once.
fn number_of_nameless(folder: &CStr) -> rustix::io::Result<u64> {
    let file = rustix::fs::open(folder, OFlags::TMPFILE | OFlags::WRONLY | OFlags::CLOEXEC, Mode::empty())?;
    Ok(rustix::fs::fstat(&file)?.st_ino)
}

/// A guest may set them to the time that it is.
fn begin_times(folder: &CStr) -> rustix::io::Result<()> {
    let now = Timespec { tv_sec: 0, tv_nsec: UTIME_NOW };
    let times = Timestamps { last_access: now, last_modification: now };
    rustix::fs::utimensat(CWD, folder, &times, AtFlags::empty())
}
