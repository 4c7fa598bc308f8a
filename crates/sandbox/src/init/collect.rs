//! Bringing files out: a walk through the work folder that never leaves it.
//!
//! Each component is opened by itself, below the folder before it, and what it is is asked of what was opened: nothing that
//! a guest leaves there can lead elsewhere. No process of the guest's lives meanwhile. How much there is to walk is limited
//! by the inodes of the work folder, how deep by `Collect::deepest`, how much is read by the caps.

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

use super::known::{Fingerprint, Known};
use crate::{
    collect::{
        Below, Collect, FileLimit, LeftOut, Listing, MOST_LISTED, Reason, Which, is_plain_path, listed,
    },
    protocol::FileEntry,
};

/// The files that are asked for, and their bytes.
pub(super) fn collect(
    root: &Path,
    what: &Collect,
    known: &mut Known,
) -> Result<(Listing, OwnedFd), KernelError> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let folder = open(root, flags, Mode::empty()).at(Step::OpenFile)?;
    let bytes = MemoryFile::create()?;
    let (listing, counted) = (Listing::default(), Counted::default());
    let mut walk = Walk { what, known, bytes, listing, counted, list_left: MOST_LISTED };
    match &what.which {
        Which::Below(below) => walk.below(folder, below)?,
        Which::Named(_) | Which::Changed => walk.folder(&folder, "", 0)?,
    }
    Ok((walk.listing, walk.bytes.seal()?))
}

/// What counts towards the limits so far.
#[derive(Default)]
struct Counted {
    files: u32,
    bytes: u64,
}

struct Walk<'a> {
    what: &'a Collect,
    known: &'a mut Known,
    bytes: MemoryFile,
    listing: Listing,
    counted: Counted,
    /// How much larger the list may become.
    list_left: usize,
}

impl Walk<'_> {
    /// All below one folder; of that first the files with limits of their own.
    fn below(&mut self, root: OwnedFd, below: &Below) -> Result<(), KernelError> {
        let folder = match descend(root, &below.folder)? {
            Ok(folder) => folder,
            Err(reason) => {
                self.leave_out(&below.folder, 0, reason);
                return Ok(());
            }
        };
        let there = names(&folder)?;
        for limit in &below.first {
            let is_it = |name: &&CString| {
                name.to_str().is_ok_and(|name| self::below(&below.folder, name) == limit.path)
            };
            if let Some(name) = there.iter().find(is_it) {
                self.first(folder.as_fd(), name, limit)?;
            }
        }
        self.folder(&folder, &below.folder, 0)
    }

    fn first(
        &mut self,
        folder: BorrowedFd<'_>,
        name: &CString,
        limit: &FileLimit,
    ) -> Result<(), KernelError> {
        match found(folder, name)? {
            Found::File(opened, stat) => self.first_file(&opened, &stat, limit)?,
            Found::Folder(_) => self.leave_out(&limit.path, 0, Reason::NotAFile),
            Found::Other(reason) => self.leave_out(&limit.path, 0, reason),
        }
        Ok(())
    }

    fn first_file(&mut self, file: &OwnedFd, stat: &Stat, limit: &FileLimit) -> Result<(), KernelError> {
        let size = stat.st_size.cast_unsigned();
        if size > limit.most_bytes.get() {
            self.leave_out(&limit.path, size, Reason::TooLarge);
            return Ok(());
        }
        self.take(file, stat, &limit.path).map(drop)
    }

    fn folder(&mut self, folder: &OwnedFd, path: &str, depth: u32) -> Result<(), KernelError> {
        let names = names(folder)?;
        if names.is_empty() && matches!(self.what.which, Which::Below(_)) {
            self.empty_folder(path);
        }
        for name in names {
            let below = name.to_str().ok().map(|name| below(path, name)).filter(|path| is_plain_path(path));
            match below {
                Some(path) => self.entry(folder.as_fd(), &name, &path, depth)?,
                None => self.listing.more_left_out += 1,
            }
        }
        Ok(())
    }

    fn empty_folder(&mut self, path: &str) {
        let name = format!("{path}/");
        if let Some(reason) = self.why_not(0, &name) {
            return self.leave_out(path, 0, reason);
        }
        self.counted.files += 1;
        self.list_left = self.list_left.saturating_sub(listed(&name));
        self.listing.files.push(FileEntry { name, executable: false, size: 0 });
    }

    fn entry(
        &mut self,
        folder: BorrowedFd<'_>,
        name: &CString,
        path: &str,
        depth: u32,
    ) -> Result<(), KernelError> {
        if self.what.own_limit(path).is_some() {
            return Ok(());
        }
        match found(folder, name)? {
            Found::Folder(opened) if depth < self.what.deepest => {
                return self.folder(&opened, path, depth + 1);
            }
            Found::File(opened, stat) => return self.file(&opened, &stat, path),
            Found::Folder(_) => self.leave_out(path, 0, Reason::TooDeep),
            Found::Other(reason) => self.leave_out(path, 0, reason),
        }
        Ok(())
    }

    fn file(&mut self, file: &OwnedFd, stat: &Stat, path: &str) -> Result<(), KernelError> {
        if !self.is_wanted(path) || self.is_old(file, stat, path)? {
            return Ok(());
        }
        let size = stat.st_size.cast_unsigned();
        if let Some(reason) = self.why_not(size, path) {
            self.known.remember_change(path, stat);
            self.leave_out(path, size, reason);
            return Ok(());
        }
        let size = self.take(file, stat, path)?;
        self.counted.files += 1;
        self.counted.bytes += size;
        Ok(())
    }

    /// Reads a file, and gives its size.
    fn take(&mut self, file: &OwnedFd, stat: &Stat, path: &str) -> Result<u64, KernelError> {
        let mut content = Fingerprint::default();
        let size = read_chunks(file, 0, stat.st_size.cast_unsigned(), |piece| {
            content.add(piece);
            self.bytes.append(piece)
        })?;
        self.known.remember(path, content);
        self.list_left = self.list_left.saturating_sub(listed(path));
        self.listing.files.push(FileEntry {
            name: path.to_owned(),
            executable: stat.st_mode & 0o100 != 0,
            size,
        });
        Ok(size)
    }

    fn is_wanted(&self, path: &str) -> bool {
        match &self.what.which {
            Which::Named(patterns) => patterns.iter().any(|pattern| matches(pattern, path)),
            Which::Changed | Which::Below(_) => true,
        }
    }

    fn is_old(&self, file: &OwnedFd, stat: &Stat, path: &str) -> Result<bool, KernelError> {
        match self.what.which {
            Which::Named(_) | Which::Below(_) => Ok(false),
            Which::Changed => self.known.is_unchanged(path, stat, || fingerprint(file, stat)),
        }
    }

    fn why_not(&self, size: u64, path: &str) -> Option<Reason> {
        if size > self.what.most_bytes_each.get() {
            Some(Reason::TooLarge)
        } else if self.counted.files >= self.what.most_files || listed(path) > self.list_left {
            Some(Reason::TooMany)
        } else if size > self.what.most_bytes_total.get() - self.counted.bytes {
            Some(Reason::TotalTooLarge)
        } else {
            None
        }
    }

    fn leave_out(&mut self, path: &str, size: u64, reason: Reason) {
        // Whether something is asked for below a folder that is too deep, nobody knows.
        if !self.is_wanted(path) {
            return;
        }
        match self.list_left.checked_sub(listed(path)) {
            Some(left) => {
                self.list_left = left;
                self.listing.left_out.push(LeftOut { name: path.to_owned(), size: Bytes(size), reason });
            }
            None => self.listing.more_left_out += 1,
        }
    }
}

/// The folder at this path; the reason, if there is none.
fn descend(mut folder: OwnedFd, path: &str) -> Result<Result<OwnedFd, Reason>, KernelError> {
    for part in path.split('/') {
        let name = CString::new(part).map_err(std::io::Error::from).at(Step::OpenFile)?;
        folder = match found(folder.as_fd(), &name)? {
            Found::Folder(opened) => opened,
            Found::File(..) => return Ok(Err(Reason::NotAFile)),
            Found::Other(reason) => return Ok(Err(reason)),
        };
    }
    Ok(Ok(folder))
}

/// What a name turned out to be.
enum Found {
    Folder(OwnedFd),
    File(OwnedFd, Stat),
    Other(Reason),
}

fn found(folder: BorrowedFd<'_>, name: &CString) -> Result<Found, KernelError> {
    let opened = match open_inside(folder, name) {
        Ok(opened) => opened,
        // A symbolic link, a socket.
        Err(Errno::LOOP | Errno::NXIO) => return Ok(Found::Other(Reason::NotAFile)),
        Err(Errno::ACCESS | Errno::PERM | Errno::XDEV | Errno::NOENT) => {
            return Ok(Found::Other(Reason::Unreadable));
        }
        Err(errno) => return Err(errno).at(Step::OpenFile),
    };
    let stat = fstat(&opened).at(Step::OpenFile)?;
    Ok(match FileType::from_raw_mode(stat.st_mode) {
        FileType::Directory => Found::Folder(opened),
        FileType::RegularFile => Found::File(opened, stat),
        _ => Found::Other(Reason::NotAFile),
    })
}

/// What is in a folder, in the order of the names, so that the same folder always gives the same.
fn names(folder: &OwnedFd) -> Result<Vec<CString>, KernelError> {
    let mut names = Vec::new();
    for entry in Dir::read_from(folder).at(Step::ListFolder)? {
        names.push(entry.at(Step::ListFolder)?.file_name().to_owned());
    }
    names.retain(|name| !matches!(name.to_bytes(), b"." | b".."));
    names.sort();
    Ok(names)
}

/// Opens what is called this in the folder, unless that leads anywhere else. Never waits, also not for a pipe's other end.
fn open_inside(folder: BorrowedFd<'_>, name: &CString) -> rustix::io::Result<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let resolve = ResolveFlags::BENEATH
        | ResolveFlags::NO_SYMLINKS
        | ResolveFlags::NO_MAGICLINKS
        | ResolveFlags::NO_XDEV;
    loop {
        match openat2(folder, name.as_c_str(), flags, Mode::empty(), resolve) {
            // The kernel could not be sure while something was renamed elsewhere.
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

fn below(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

/// Whether the path is what the pattern says, in which a `*` stands for any text without a `/`.
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
