//! Collection inside the sandbox: a walk through the work folder that never leaves it.
//!
//! Each component is opened separately, below the folder before it, and its type is read from the opened file. Nothing that a
//! guest leaves there can lead elsewhere. No guest process runs meanwhile. The inodes of the work folder limit the size of
//! the walk, `Collect::max_depth` limits its depth, and the caps limit the bytes.

use std::{
    ffi::CString,
    os::fd::{AsFd, BorrowedFd, OwnedFd},
    path::Path,
};

use kernel::{KernelError, MemoryFile, Step, StepContext, read_chunks};
use model::Bytes;
use rustix::{
    fs::{Dir, FileType, Mode, OFlags, ResolveFlags, Stat, fstat, open, openat2},
    io::Errno,
};

use super::snapshot::{Fingerprint, FolderSnapshot};
use crate::{
    collect::{
        Collect, FileLimit, FileSelection, FolderSelection, Listing, MAX_LISTING_BYTES, SkipReason,
        SkippedFile, is_plain_path, listing_bytes,
    },
    recipe::FileEntry,
};

/// Collects the requested files and their bytes.
pub(super) fn collect(
    root: &Path,
    request: &Collect,
    snapshot: &mut FolderSnapshot,
) -> Result<(Listing, OwnedFd), KernelError> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let folder = open(root, flags, Mode::empty()).at(Step::OpenFile)?;
    let bytes = MemoryFile::create()?;
    let (listing, counted) = (Listing::default(), CollectedTotals::default());
    let mut walk =
        Collector { request, snapshot, bytes, listing, totals: counted, listing_left: MAX_LISTING_BYTES };
    match &request.selection {
        FileSelection::Folder(below) => walk.collect_folder(folder, below)?,
        FileSelection::Named(_) | FileSelection::Changed => walk.walk_folder(&folder, "", 0)?,
    }
    Ok((walk.listing, walk.bytes.seal()?))
}

/// Totals that count towards the limits so far.
#[derive(Default)]
struct CollectedTotals {
    files: u32,
    bytes: u64,
}

struct Collector<'a> {
    request: &'a Collect,
    snapshot: &'a mut FolderSnapshot,
    bytes: MemoryFile,
    listing: Listing,
    totals: CollectedTotals,
    /// Remaining size of the listing.
    listing_left: usize,
}

impl Collector<'_> {
    /// Collects all files below one folder; first those with limits of their own.
    fn collect_folder(&mut self, root: OwnedFd, below: &FolderSelection) -> Result<(), KernelError> {
        let folder = match open_folder(root, &below.folder)? {
            Ok(folder) => folder,
            Err(reason) => {
                self.skip(&below.folder, 0, reason);
                return Ok(());
            }
        };
        let there = names(&folder)?;
        for limit in &below.priority_files {
            let is_it = |name: &&CString| {
                name.to_str().is_ok_and(|name| join_path(&below.folder, name) == limit.path)
            };
            if let Some(name) = there.iter().find(is_it) {
                self.collect_priority_file(folder.as_fd(), name, limit)?;
            }
        }
        self.walk_folder(&folder, &below.folder, 0)
    }

    fn collect_priority_file(
        &mut self,
        folder: BorrowedFd<'_>,
        name: &CString,
        limit: &FileLimit,
    ) -> Result<(), KernelError> {
        match open_entry(folder, name)? {
            OpenedEntry::File(opened, stat) => self.take_priority_file(&opened, &stat, limit)?,
            OpenedEntry::Folder(_) => self.skip(&limit.path, 0, SkipReason::NotAFile),
            OpenedEntry::Other(reason) => self.skip(&limit.path, 0, reason),
        }
        Ok(())
    }

    fn take_priority_file(
        &mut self,
        file: &OwnedFd,
        stat: &Stat,
        limit: &FileLimit,
    ) -> Result<(), KernelError> {
        let size = stat.st_size.cast_unsigned();
        if size > limit.max_bytes.get() {
            self.skip(&limit.path, size, SkipReason::TooLarge);
            return Ok(());
        }
        self.read_file(file, stat, &limit.path).map(drop)
    }

    fn walk_folder(&mut self, folder: &OwnedFd, path: &str, depth: u32) -> Result<(), KernelError> {
        let names = names(folder)?;
        if names.is_empty() && matches!(self.request.selection, FileSelection::Folder(_)) {
            self.empty_folder(path);
        }
        for name in names {
            let below =
                name.to_str().ok().map(|name| join_path(path, name)).filter(|path| is_plain_path(path));
            match below {
                Some(path) => self.visit(folder.as_fd(), &name, &path, depth)?,
                None => self.listing.more_skipped += 1,
            }
        }
        Ok(())
    }

    fn empty_folder(&mut self, path: &str) {
        let name = format!("{path}/");
        if let Some(reason) = self.skip_reason(0, &name) {
            return self.skip(path, 0, reason);
        }
        self.totals.files += 1;
        self.listing_left = self.listing_left.saturating_sub(listing_bytes(&name));
        self.listing.files.push(FileEntry { name, executable: false, size: 0 });
    }

    fn visit(
        &mut self,
        folder: BorrowedFd<'_>,
        name: &CString,
        path: &str,
        depth: u32,
    ) -> Result<(), KernelError> {
        if self.request.own_limit(path).is_some() {
            return Ok(());
        }
        match open_entry(folder, name)? {
            OpenedEntry::Folder(opened) if depth < self.request.max_depth => {
                return self.walk_folder(&opened, path, depth + 1);
            }
            OpenedEntry::File(opened, stat) => return self.visit_file(&opened, &stat, path),
            OpenedEntry::Folder(_) => self.skip(path, 0, SkipReason::TooDeep),
            OpenedEntry::Other(reason) => self.skip(path, 0, reason),
        }
        Ok(())
    }

    fn visit_file(&mut self, file: &OwnedFd, stat: &Stat, path: &str) -> Result<(), KernelError> {
        if !self.is_selected(path) || self.is_unchanged(file, stat, path)? {
            return Ok(());
        }
        let size = stat.st_size.cast_unsigned();
        if let Some(reason) = self.skip_reason(size, path) {
            self.snapshot.record_change(path, stat);
            self.skip(path, size, reason);
            return Ok(());
        }
        let size = self.read_file(file, stat, path)?;
        self.totals.files += 1;
        self.totals.bytes += size;
        Ok(())
    }

    /// Reads a file and returns its size.
    fn read_file(&mut self, file: &OwnedFd, stat: &Stat, path: &str) -> Result<u64, KernelError> {
        let mut content = Fingerprint::default();
        let size = read_chunks(file, 0, stat.st_size.cast_unsigned(), |piece| {
            content.add(piece);
            self.bytes.append(piece)
        })?;
        self.snapshot.record(path, content);
        self.listing_left = self.listing_left.saturating_sub(listing_bytes(path));
        self.listing.files.push(FileEntry {
            name: path.to_owned(),
            executable: stat.st_mode & 0o100 != 0,
            size,
        });
        Ok(size)
    }

    fn is_selected(&self, path: &str) -> bool {
        match &self.request.selection {
            FileSelection::Named(patterns) => patterns.iter().any(|pattern| matches(pattern, path)),
            FileSelection::Changed | FileSelection::Folder(_) => true,
        }
    }

    fn is_unchanged(&self, file: &OwnedFd, stat: &Stat, path: &str) -> Result<bool, KernelError> {
        match self.request.selection {
            FileSelection::Named(_) | FileSelection::Folder(_) => Ok(false),
            FileSelection::Changed => self.snapshot.is_unchanged(path, stat, || fingerprint(file, stat)),
        }
    }

    fn skip_reason(&self, size: u64, path: &str) -> Option<SkipReason> {
        if size > self.request.max_file_bytes.get() {
            Some(SkipReason::TooLarge)
        } else if self.totals.files >= self.request.max_files || listing_bytes(path) > self.listing_left {
            Some(SkipReason::TooMany)
        } else if size > self.request.max_total_bytes.get() - self.totals.bytes {
            Some(SkipReason::TotalTooLarge)
        } else {
            None
        }
    }

    fn skip(&mut self, path: &str, size: u64, reason: SkipReason) {
        // For a folder beyond the maximum depth, it is not known whether it contains a requested file.
        if !self.is_selected(path) {
            return;
        }
        match self.listing_left.checked_sub(listing_bytes(path)) {
            Some(left) => {
                self.listing_left = left;
                self.listing.skipped.push(SkippedFile { name: path.to_owned(), size: Bytes(size), reason });
            }
            None => self.listing.more_skipped += 1,
        }
    }
}

/// Opens the folder at this path, or returns the reason to skip it.
fn open_folder(mut folder: OwnedFd, path: &str) -> Result<Result<OwnedFd, SkipReason>, KernelError> {
    for part in path.split('/') {
        let name = CString::new(part).map_err(std::io::Error::from).at(Step::OpenFile)?;
        folder = match open_entry(folder.as_fd(), &name)? {
            OpenedEntry::Folder(opened) => opened,
            OpenedEntry::File(..) => return Ok(Err(SkipReason::NotAFile)),
            OpenedEntry::Other(reason) => return Ok(Err(reason)),
        };
    }
    Ok(Ok(folder))
}

/// An opened entry of a folder.
enum OpenedEntry {
    Folder(OwnedFd),
    File(OwnedFd, Stat),
    Other(SkipReason),
}

fn open_entry(folder: BorrowedFd<'_>, name: &CString) -> Result<OpenedEntry, KernelError> {
    let opened = match open_inside(folder, name) {
        Ok(opened) => opened,
        // A symbolic link, a socket.
        Err(Errno::LOOP | Errno::NXIO) => return Ok(OpenedEntry::Other(SkipReason::NotAFile)),
        Err(Errno::ACCESS | Errno::PERM | Errno::XDEV | Errno::NOENT) => {
            return Ok(OpenedEntry::Other(SkipReason::Unreadable));
        }
        Err(errno) => return Err(errno).at(Step::OpenFile),
    };
    let stat = fstat(&opened).at(Step::OpenFile)?;
    Ok(match FileType::from_raw_mode(stat.st_mode) {
        FileType::Directory => OpenedEntry::Folder(opened),
        FileType::RegularFile => OpenedEntry::File(opened, stat),
        _ => OpenedEntry::Other(SkipReason::NotAFile),
    })
}

/// Names in a folder, sorted, so that the result does not depend on the file system.
fn names(folder: &OwnedFd) -> Result<Vec<CString>, KernelError> {
    let mut names = Vec::new();
    for entry in Dir::read_from(folder).at(Step::ListFolder)? {
        names.push(entry.at(Step::ListFolder)?.file_name().to_owned());
    }
    names.retain(|name| !matches!(name.to_bytes(), b"." | b".."));
    names.sort();
    Ok(names)
}

/// Opens an entry of the folder, unless it leads elsewhere. Never waits, not even for the other end of a pipe.
fn open_inside(folder: BorrowedFd<'_>, name: &CString) -> rustix::io::Result<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let resolve = ResolveFlags::BENEATH
        | ResolveFlags::NO_SYMLINKS
        | ResolveFlags::NO_MAGICLINKS
        | ResolveFlags::NO_XDEV;
    loop {
        match openat2(folder, name.as_c_str(), flags, Mode::empty(), resolve) {
            // A concurrent rename made the check impossible.
            Err(Errno::AGAIN | Errno::INTR) => {}
            other => return other,
        }
    }
}

fn fingerprint(file: &OwnedFd, stat: &Stat) -> Result<Fingerprint, KernelError> {
    let mut content = Fingerprint::default();
    read_chunks(file, 0, stat.st_size.cast_unsigned(), |piece| {
        content.add(piece);
        Ok(())
    })?;
    Ok(content)
}

fn join_path(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

/// Whether the path matches the pattern, in which a `*` matches any text without a `/`.
fn matches(pattern: &str, path: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == path,
        Some((before, after)) => path.strip_prefix(before).is_some_and(|rest| {
            let most = rest.find('/').unwrap_or(rest.len());
            (0..=most).any(|taken| rest.get(taken..).is_some_and(|rest| matches(after, rest)))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_anything_within_a_folder() {
        for (pattern, path) in [("main", "main"), ("*.class", "A.class"), ("a/*", "a/b"), ("*é*", "xéy")] {
            assert!(matches(pattern, path), "{pattern} {path}");
        }
        for (pattern, path) in [("main", "main2"), ("*.class", "a/A.class"), ("*", "a/b"), ("a*b", "a")] {
            assert!(!matches(pattern, path), "{pattern} {path}");
        }
    }
}
