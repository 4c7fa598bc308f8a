//! Collection of files from a sandbox: the request, its limits, and the result.
//!
//! Init opens the files inside and sends their bytes: see `init::collect`. The host only reads these bytes, and checks that
//! they are within the request.

use std::{collections::HashSet, os::fd::OwnedFd};

use model::Bytes;
use serde::{Deserialize, Serialize};

use crate::{SandboxError, SandboxFile, recipe::FileEntry};

/// Maximum size of the listing, so that it fits into one message.
pub(crate) const MAX_LISTING_BYTES: usize = 96 * 1024;

/// Memory that init needs while it copies.
const WORKING_MEMORY: u64 = 8 * 1024 * 1024;

/// Request for files, with limits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Collect {
    /// The files.
    pub selection: FileSelection,
    /// Maximum number of files.
    pub max_files: u32,
    /// Maximum size of one file.
    pub max_file_bytes: Bytes,
    /// Maximum size of all files together.
    pub max_total_bytes: Bytes,
    /// Maximum number of folders between the work folder, or that of [`FileSelection::Folder`], and a file; with 0, only its
    /// own files are collected.
    pub max_depth: u32,
}

/// Selection of files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum FileSelection {
    /// Files with one of these paths below the work folder. A `*` matches any text without a `/`: `*.class`.
    Named(Vec<String>),
    /// Files that are new or changed since they were put in, or since the last such collection.
    Changed,
    /// All files below one folder, changed or not, and its empty folders.
    Folder(FolderSelection),
}

/// All files below one folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FolderSelection {
    /// Path of the folder below the work folder. If it is missing or no folder, it is skipped under this path.
    pub folder: String,
    /// Files with limits of their own. They are read first and count towards no other limit.
    pub priority_files: Vec<FileLimit>,
}

/// A file with a limit of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileLimit {
    /// Its path below the work folder.
    pub path: String,
    /// Maximum size.
    pub max_bytes: Bytes,
}

/// Collected files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CollectedFiles {
    /// The files, in the order of their paths below the work folder.
    pub files: Vec<SandboxFile>,
    /// Requested files that were skipped, as far as there was room to name them.
    pub skipped: Vec<SkippedFile>,
    /// Number of further skipped entries: no room to name them, or names that are no text or contain invisible characters.
    pub more_skipped: u64,
}

/// A requested file that was skipped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SkippedFile {
    /// Its path below the work folder.
    pub name: String,
    /// Its size; 0 if it is no file.
    pub size: Bytes,
    /// The reason.
    pub reason: SkipReason,
}

/// Reason to skip a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum SkipReason {
    /// It exceeds the maximum size of one file.
    TooLarge,
    /// With it, the total would exceed the maximum.
    TotalTooLarge,
    /// The maximum number of files is reached.
    TooMany,
    /// It is a folder beyond the maximum depth.
    TooDeep,
    /// It is neither a file nor a folder: a link, a pipe, a socket.
    NotAFile,
    /// It could not be opened.
    Unreadable,
}

/// Listing of collected files, without their bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Listing {
    pub(crate) files: Vec<FileEntry>,
    pub(crate) skipped: Vec<SkippedFile>,
    pub(crate) more_skipped: u64,
}

/// Maximum size of a listing entry with this path.
pub(crate) const fn listing_bytes(path: &str) -> usize {
    path.len() + 24
}

impl Collect {
    /// Maximum memory for collecting, inside the sandbox.
    pub(crate) fn max_memory(&self) -> u64 {
        let first = self.priority_files().iter().map(|limit| limit.max_bytes.get());
        first.fold(self.max_total_bytes.get().saturating_add(WORKING_MEMORY), u64::saturating_add)
    }

    /// The files with limits of their own.
    pub(crate) fn priority_files(&self) -> &[FileLimit] {
        match &self.selection {
            FileSelection::Folder(below) => &below.priority_files,
            FileSelection::Named(_) | FileSelection::Changed => &[],
        }
    }

    /// The limit of this file, if it has one of its own.
    pub(crate) fn own_limit(&self, path: &str) -> Option<Bytes> {
        self.priority_files().iter().find(|limit| limit.path == path).map(|limit| limit.max_bytes)
    }
}

impl Listing {
    /// Splits `bytes` into the files.
    pub(crate) async fn unpack(
        self,
        bytes: OwnedFd,
        request: &Collect,
    ) -> Result<CollectedFiles, SandboxError> {
        let listing = self.validate(request)?;
        // Copying megabytes would block other tasks of this thread.
        let reading = tokio::task::spawn_blocking(move || listing.read(&bytes));
        reading.await.map_err(|_| SandboxError::ListingMismatch)?
    }

    /// Checks that the listing is within the request, and that no name leads elsewhere.
    pub(crate) fn validate(self, request: &Collect) -> Result<Self, SandboxError> {
        if self.is_within(request) { Ok(self) } else { Err(SandboxError::ListingMismatch) }
    }

    fn is_within(&self, request: &Collect) -> bool {
        let own = |file: &&FileEntry| request.own_limit(&file.name);
        let (first, others): (Vec<_>, Vec<_>) = self.files.iter().partition(|file| own(file).is_some());
        let total = others.iter().try_fold(0u64, |total, file| total.checked_add(file.size));
        let mut names = HashSet::new();
        others.len() <= request.max_files as usize
            && first.iter().all(|file| own(file).is_some_and(|most| file.size <= most.get()))
            && others.iter().all(|file| file.size <= request.max_file_bytes.get())
            && total.is_some_and(|total| total <= request.max_total_bytes.get())
            && self.files.iter().all(|file| is_plain_entry(&file.name) && names.insert(&file.name))
            // These names are shown to people, too.
            && self.skipped.iter().all(|one| is_plain_path(&one.name))
    }

    pub(crate) fn read(self, bytes: &OwnedFd) -> Result<CollectedFiles, SandboxError> {
        let mut offset = 0;
        let mut files = Vec::with_capacity(self.files.len());
        for entry in self.files {
            files.push(read(entry, bytes, &mut offset)?);
        }
        Ok(CollectedFiles { files, skipped: self.skipped, more_skipped: self.more_skipped })
    }
}

fn read(entry: FileEntry, bytes: &OwnedFd, offset: &mut u64) -> Result<SandboxFile, SandboxError> {
    let mut content = Vec::with_capacity(Bytes(entry.size).as_usize());
    *offset += kernel::read_chunks(bytes, *offset, entry.size, |piece| {
        content.extend_from_slice(piece);
        Ok(())
    })?;
    if content.len() as u64 != entry.size {
        return Err(SandboxError::ListingMismatch);
    }
    Ok(SandboxFile { name: entry.name, executable: entry.executable, content })
}

/// Whether the path has plain components only and no invisible characters.
pub(crate) fn is_plain_path(path: &str) -> bool {
    path.split('/').all(|part| !matches!(part, "" | "." | "..")) && model::is_all_visible(path)
}

/// The same for a file, or for a folder, whose path ends with `/`.
pub(crate) fn is_plain_entry(path: &str) -> bool {
    is_plain_path(path.strip_suffix('/').unwrap_or(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_paths_are_created_or_taken() {
        for good in ["main.py", "a b", "..x", "é", "a/b.txt"] {
            assert!(is_plain_path(good), "{good}");
        }
        assert!(
            is_plain_entry("a/b/")
                && !is_plain_entry("a/../")
                && !is_plain_entry("a//")
                && !is_plain_entry("/")
        );
        for bad in ["", ".", "..", "/etc/passwd", "../x", "a/../b", "a//b", "a/", "a\0b", "a\nb"] {
            assert!(!is_plain_path(bad), "{bad}");
        }
    }

    #[test]
    fn more_than_was_asked_for_is_refused() {
        let entry = |name: &str, size| FileEntry { name: name.to_owned(), executable: false, size };
        let request = Collect {
            selection: FileSelection::Changed,
            max_files: 2,
            max_file_bytes: Bytes(10),
            max_total_bytes: Bytes(10),
            max_depth: 0,
        };
        let check = |files: Vec<FileEntry>| Listing { files, ..Listing::default() }.is_within(&request);
        assert!(check(vec![entry("a", 4), entry("b", 6)]));
        assert!(!check(vec![entry("a", 4), entry("b", 7)]));
        assert!(!check(vec![entry("a", u64::MAX), entry("b", 6)]));
        assert!(!check(vec![entry("a", 1), entry("b", 1), entry("c", 1)]));
        assert!(!check(vec![entry("../a", 1)]));
    }

    const SMALL: Collect = Collect {
        selection: FileSelection::Changed,
        max_files: 9,
        max_file_bytes: Bytes(4),
        max_total_bytes: Bytes(100),
        max_depth: 0,
    };

    #[test]
    fn a_file_larger_than_one_may_be_was_taken_when_all_were_small_enough_together() {
        let check = |size| {
            let files = vec![FileEntry { name: "a".to_owned(), executable: false, size }];
            Listing { files, ..Listing::default() }.is_within(&SMALL)
        };
        assert!(check(4));
        assert!(!check(5));
    }

    #[test]
    fn a_name_that_came_twice_was_taken_twice() {
        let entry = |name: &str| FileEntry { name: name.to_owned(), executable: false, size: 1 };
        let check = |names: [&str; 2]| {
            Listing { files: names.map(entry).to_vec(), ..Listing::default() }.is_within(&SMALL)
        };
        assert!(check(["a", "b"]));
        assert!(!check(["a", "a"]));
    }

    #[test]
    fn a_file_with_a_limit_of_its_own_counts_towards_no_other() {
        let first = vec![FileLimit { path: "out/a".to_owned(), max_bytes: Bytes(200) }];
        let below = FolderSelection { folder: "out".to_owned(), priority_files: first };
        let request = Collect {
            selection: FileSelection::Folder(below),
            max_files: 1,
            max_total_bytes: Bytes(4),
            ..SMALL
        };
        let entry = |name: &str, size| FileEntry { name: name.to_owned(), executable: false, size };
        let check = |size, others: &[(&str, u64)]| {
            let others = others.iter().map(|(name, size)| entry(name, *size));
            let files = [entry("out/a", size)].into_iter().chain(others).collect();
            Listing { files, ..Listing::default() }.is_within(&request)
        };
        assert!(check(200, &[("out/b", 4)]));
        assert!(!check(201, &[]));
        assert!(!check(200, &[("out/b", 5)]));
        assert!(!check(200, &[("out/b", 1), ("out/c", 1)]));
    }

    #[test]
    fn names_of_omitted_files_were_shown_with_control_characters() {
        let check = |name: &str| {
            let one = SkippedFile { name: name.to_owned(), size: Bytes(0), reason: SkipReason::NotAFile };
            Listing { skipped: vec![one], ..Listing::default() }.is_within(&SMALL)
        };
        assert!(check("sub/a"));
        assert!(!check("a\u{1b}[2J"));
        assert!(!check("../a"));
    }
}
