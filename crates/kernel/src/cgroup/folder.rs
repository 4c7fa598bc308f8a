//! Cgroup folders: creation and removal.

use std::{
    fs,
    io::ErrorKind,
    path::Path,
    time::{Duration, Instant},
};

use crate::{KernelError, Step, StepContext};

pub(super) fn create_group(folder: &Path) -> Result<(), KernelError> {
    match fs::create_dir(folder) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error).at(Step::CreateCgroup),
        _ => Ok(()),
    }
}

/// Removes a group. Its last process may still be exiting, so it is retried for a second; remaining groups are removed at the next
/// start.
pub(super) fn remove_group(folder: &Path) {
    let deadline = Instant::now() + Duration::from_secs(1);
    while let Err(error) = fs::remove_dir(folder) {
        if error.raw_os_error() != Some(libc::EBUSY) || Instant::now() > deadline {
            return;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}
