//! One process per data folder.

use std::{
    fs::{File, OpenOptions, TryLockError},
    path::Path,
};

use crate::{StoreError, private};

/// What there is in a data folder, but for what toolchains have prepared, which programs in sandboxes read.
const OURS: [&str; 8] = [
    "lock",
    "objects",
    "queue.db",
    "queue.db-shm",
    "queue.db-wal",
    "records.db",
    "records.db-shm",
    "records.db-wal",
];

/// The claim of this process on a data folder, held until it is dropped or the process dies, however it dies.
#[derive(Debug)]
pub struct DataLock {
    // The kernel's lock lives as long as this open file.
    _file: File,
}

impl DataLock {
    /// Takes the folder (made if missing) for this process, or says that another one has it.
    pub fn take(dir: &Path) -> Result<Self, StoreError> {
        let folder = |source| StoreError::Folder { dir: dir.to_owned(), source };
        private::folder(dir)?;
        private::entries(dir, &OURS);
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
