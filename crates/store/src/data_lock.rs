//! Data lock: one process per data folder.

use std::{
    fs::{File, OpenOptions, TryLockError},
    path::Path,
};

use crate::{error::StoreError, permissions};

/// Files in a data folder, except those prepared by toolchains, which programs in sandboxes read.
const OWN_FILES: [&str; 9] = [
    "device.key",
    "lock",
    "objects",
    "queue.db",
    "queue.db-shm",
    "queue.db-wal",
    "records.db",
    "records.db-shm",
    "records.db-wal",
];

/// Exclusive lock on a data folder, held until it is dropped or the process dies.
#[derive(Debug)]
pub struct DataLock {
    // The kernel holds the lock as long as this file is open.
    _file: File,
}

impl DataLock {
    /// Locks the folder (created if missing) for this process; fails if another process has it.
    pub fn acquire(dir: &Path) -> Result<Self, StoreError> {
        let folder = |source| StoreError::Folder { dir: dir.to_owned(), source };
        permissions::secure_folder(dir)?;
        permissions::secure_entries(dir, &OWN_FILES);
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(dir.join("lock"))
            .map_err(folder)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(StoreError::InUse { dir: dir.to_owned() }),
            Err(TryLockError::Error(source)) => Err(folder(source)),
        }
    }
}
