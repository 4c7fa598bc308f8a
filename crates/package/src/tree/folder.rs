//! Folders on disk: surveyed once without following links, files opened below the root.
//!
//! A change of the folder after the survey cannot lead a reader out of it.

use std::{
    fs::File,
    io::{self, Read},
    os::fd::{AsFd, OwnedFd},
    path::Path,
};

use rustix::fs::{self, AtFlags, Dir, FileType, Mode, OFlags, ResolveFlags};

use super::{census::Census, error::TreeError, name, path::join};

const FOLDER: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);
/// Non-blocking: a pipe in the place of a file must not block us.
const FILE: OFlags = OFlags::RDONLY.union(OFlags::NONBLOCK).union(OFlags::CLOEXEC);
const INSIDE: ResolveFlags =
    ResolveFlags::BENEATH.union(ResolveFlags::NO_SYMLINKS).union(ResolveFlags::NO_MAGICLINKS);

/// Opens the package's root folder, following links to it.
pub(super) fn open_root(path: &Path) -> Result<OwnedFd, TreeError> {
    fs::open(path, FOLDER, Mode::empty()).map_err(|errno| read_error(&path.display().to_string(), errno))
}

/// Surveys everything below `folder`, whose path in the package is `path`.
pub(super) fn survey(folder: &OwnedFd, path: &str, census: &mut Census) -> Result<(), TreeError> {
    let shown = if path.is_empty() { "the package" } else { path };
    for entry in Dir::read_from(folder).map_err(|errno| read_error(shown, errno))? {
        let entry = entry.map_err(|errno| read_error(shown, errno))?;
        if matches!(entry.file_name().to_bytes(), b"." | b"..") {
            continue;
        }
        match entry.file_name().to_str() {
            Ok(part) => survey_entry(folder, path, part, census)?,
            Err(_) => census.warn_of_name(path, entry.file_name().to_bytes()),
        }
    }
    Ok(())
}

fn survey_entry(folder: &OwnedFd, path: &str, part: &str, census: &mut Census) -> Result<(), TreeError> {
    let whole = join(path, part);
    if name::check_name(part, &whole)? == name::NameDecision::LookedOver {
        return Ok(());
    }
    let failed = |errno| read_error(&whole, errno);
    let stat = fs::statat(folder, part, AtFlags::SYMLINK_NOFOLLOW).map_err(failed)?;
    match FileType::from_raw_mode(stat.st_mode) {
        FileType::Directory => {
            census.folder(&whole)?;
            let inner = fs::openat2(folder, part, FOLDER, Mode::empty(), INSIDE).map_err(failed)?;
            survey(&inner, &whole, census)
        }
        FileType::RegularFile => {
            let bytes = u64::try_from(stat.st_size).unwrap_or(u64::MAX);
            census.file(&whole, bytes, stat.st_mode & 0o111 != 0, 0)
        }
        FileType::Symlink => {
            let target = fs::readlinkat(folder, part, Vec::new()).map_err(failed)?;
            census.link(&whole, &target.to_string_lossy())
        }
        other => Err(TreeError::Special { name: whole, kind: kind(other) }),
    }
}

fn kind(of: FileType) -> &'static str {
    match of {
        FileType::Fifo => "named pipe",
        FileType::Socket => "socket",
        FileType::CharacterDevice | FileType::BlockDevice => "device",
        _ => "thing of unknown kind",
    }
}

/// Opens a file by its resolved path. It is checked again, since the folder may have changed since the
/// survey.
pub(super) fn open(root: &OwnedFd, real: &str, most: u64) -> Result<impl Read + Send + 'static, TreeError> {
    let failed = |errno| read_error(real, errno);
    let file = fs::openat2(root.as_fd(), real, FILE, Mode::empty(), INSIDE).map_err(failed)?;
    let stat = fs::fstat(&file).map_err(failed)?;
    match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => Ok(File::from(file).take(most)),
        other => Err(TreeError::Special { name: real.to_owned(), kind: kind(other) }),
    }
}

fn read_error(name: &str, errno: rustix::io::Errno) -> TreeError {
    TreeError::Read { name: name.to_owned(), source: io::Error::from(errno) }
}
