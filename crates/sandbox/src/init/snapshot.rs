//! Snapshot of the work folder: detects later which files are new or changed.

use std::{collections::HashMap, hash::Hasher};

use rustix::fs::Stat;

/// What was in the work folder, by path.
#[derive(Debug, Default)]
pub(super) struct FolderSnapshot(HashMap<String, FileState>);

/// What is remembered of a file.
#[derive(Debug)]
enum FileState {
    /// What was in it.
    Content(Fingerprint),
    /// When it was last changed; for files too large to be read for this. Clocks are coarse, so a change right after it
    /// was looked at may go unnoticed.
    Change(ChangeStamp),
}

/// What tells one content from another. Not against somebody who looks for two that it does not tell apart: they would hide
/// a file of their own from themselves.
#[derive(Debug, Clone, Default)]
pub(super) struct Fingerprint {
    size: u64,
    hash: std::hash::DefaultHasher,
}

/// What changes with each change of a file: its size, its inode, the time of the last change of its inode.
#[derive(Debug, PartialEq, Eq)]
struct ChangeStamp(u64, u64, i64, u64);

impl FolderSnapshot {
    /// This is in the file now.
    pub(super) fn record(&mut self, path: &str, content: Fingerprint) {
        self.0.insert(path.to_owned(), FileState::Content(content));
    }

    /// The file is in this state now, whatever is in it.
    pub(super) fn record_change(&mut self, path: &str, stat: &Stat) {
        self.0.insert(path.to_owned(), FileState::Change(ChangeStamp::of(stat)));
    }

    /// Whether the file is as it was remembered; `read` takes its fingerprint, which is only done where the size is the
    /// same.
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
    /// Goes on with this.
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
