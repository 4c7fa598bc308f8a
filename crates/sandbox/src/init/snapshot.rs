//! Snapshot of the work folder: detects later which files are new or changed.

use std::{collections::HashMap, hash::Hasher};

use rustix::fs::Stat;

/// States of the files in the work folder, by path.
#[derive(Debug, Default)]
pub(super) struct FolderSnapshot(HashMap<String, FileState>);

/// Recorded state of a file.
#[derive(Debug)]
enum FileState {
    /// Fingerprint of its content.
    Content(Fingerprint),
    /// Time of its last change, for files that are too large to read. Clocks are coarse, so a change right after the snapshot
    /// may be missed.
    Change(ChangeStamp),
}

/// Fingerprint of a content: size and a hash that is not cryptographic. A guest that finds a collision only hides a file of its
/// own.
#[derive(Debug, Clone, Default)]
pub(super) struct Fingerprint {
    size: u64,
    hash: std::hash::DefaultHasher,
}

/// Values that change with each modification of a file: size, inode, time of the last change of the inode.
#[derive(Debug, PartialEq, Eq)]
struct ChangeStamp(u64, u64, i64, u64);

impl FolderSnapshot {
    /// Records the content of a file.
    pub(super) fn record(&mut self, path: &str, content: Fingerprint) {
        self.0.insert(path.to_owned(), FileState::Content(content));
    }

    /// Records the time of the last change of a file.
    pub(super) fn record_change(&mut self, path: &str, stat: &Stat) {
        self.0.insert(path.to_owned(), FileState::Change(ChangeStamp::of(stat)));
    }

    /// Whether the file is unchanged. `read` computes its fingerprint, and is called only if the size is the same.
    pub(super) fn is_unchanged<E>(
        &self,
        path: &str,
        stat: &Stat,
        read: impl FnOnce() -> Result<Fingerprint, E>,
    ) -> Result<bool, E> {
        match self.0.get(path) {
            Some(FileState::Content(known)) if known.size == stat.st_size.cast_unsigned() => {
                Ok(*known == read()?)
            }
            Some(FileState::Change(known)) => Ok(*known == ChangeStamp::of(stat)),
            Some(FileState::Content(_)) | None => Ok(false),
        }
    }
}

impl Fingerprint {
    /// Adds a chunk.
    pub(super) fn add(&mut self, piece: &[u8]) {
        self.size += piece.len() as u64;
        self.hash.write(piece);
    }
}

impl PartialEq for Fingerprint {
    fn eq(&self, other: &Self) -> bool {
        self.size == other.size && self.hash.finish() == other.hash.finish()
    }
}

impl ChangeStamp {
    fn of(stat: &Stat) -> Self {
        Self(stat.st_size.cast_unsigned(), stat.st_ino, stat.st_ctime, stat.st_ctime_nsec)
    }
}
