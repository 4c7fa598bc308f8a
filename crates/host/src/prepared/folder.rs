//! Folder of a prepared toolchain: `prepared/LANGUAGE/HASH` in the data folder, complete or absent.

use std::{
    fs::{self, File, Permissions},
    io::{self, Write},
    os::unix::fs::{MetadataExt, PermissionsExt},
    path::{Path, PathBuf},
};

use languages::{Language, Preparation};
use sandbox::SandboxFile;
use sha2::{Digest, Sha256};

use super::error::PrepareError;

/// The version of the files and their layout: to be raised when either changes.
const VERSION: &str = "prepared 1";

/// The folder of one preparation, existing or not.
pub(super) struct PreparedFolder {
    /// The folder of all versions for the language.
    parent: PathBuf,
    /// The hash.
    name: String,
}

impl PreparedFolder {
    pub(super) fn new(data: &Path, language: &Language, preparation: &Preparation) -> Self {
        // A sandbox is set up in another folder than this process's.
        let data = std::path::absolute(data).unwrap_or_else(|_| data.to_owned());
        Self { parent: data.join("prepared").join(language.id.as_str()), name: name(language, preparation) }
    }

    /// Its path, if it exists.
    pub(super) fn find(&self) -> Option<PathBuf> {
        let folder = self.parent.join(&self.name);
        folder.is_dir().then_some(folder)
    }

    /// Stores the files, and removes the folders of other versions.
    pub(super) fn store(&self, files: &[SandboxFile]) -> Result<PathBuf, PrepareError> {
        let unfinished = self.parent.join("unfinished");
        self.write(&unfinished, files)
            .map_err(|source| PrepareError::Write { path: unfinished.clone(), source })?;
        let finished = self.parent.join(&self.name);
        fs::rename(&unfinished, &finished)
            .map_err(|source| PrepareError::Rename { path: finished.clone(), source })?;
        if let Err(error) = self.remove_others() {
            tracing::warn!(folder = %self.parent.display(), %error, "old files could not be removed");
        }
        Ok(finished)
    }

    /// Writes the files, readable for everybody whatever this process's mask: programs in sandboxes have other ids.
    fn write(&self, into: &Path, files: &[SandboxFile]) -> io::Result<()> {
        make_folder(&self.parent)?;
        if into.exists() {
            fs::remove_dir_all(into)?;
        }
        make_folder(into)?;
        for file in files {
            let path = into.join(&file.name);
            make_folders(into, &file.name)?;
            let mode = if file.executable { 0o755 } else { 0o644 };
            let mut created = File::create_new(path)?;
            created.set_permissions(Permissions::from_mode(mode))?;
            created.write_all(&file.content)?;
            // Complete on the disk before the folder gets its final name.
            created.sync_all()?;
        }
        Ok(())
    }

    fn remove_others(&self) -> io::Result<()> {
        for entry in fs::read_dir(&self.parent)? {
            let entry = entry?;
            if entry.file_name() != self.name.as_str() {
                fs::remove_dir_all(entry.path())?;
            }
        }
        Ok(())
    }
}

/// Makes the folders above a file of this name.
fn make_folders(into: &Path, name: &str) -> io::Result<()> {
    let ends = name.match_indices('/').map(|(end, _)| end);
    ends.map(|end| into.join(&name[..end])).try_for_each(|folder| make_folder(&folder))
}

fn make_folder(path: &Path) -> io::Result<()> {
    fs::create_dir_all(path)?;
    fs::set_permissions(path, Permissions::from_mode(0o755))
}

/// A hash of everything that decides the result: the toolchain, the state of its files, the commands and their files.
fn name(language: &Language, preparation: &Preparation) -> String {
    let toolchain = language.toolchain().map(|toolchain| toolchain.description.as_str());
    let state = |path: &PathBuf| {
        let state = fs::metadata(path).ok();
        (path.clone(), state.map(|state| (state.ino(), state.size(), state.mtime(), state.mtime_nsec())))
    };
    let states: Vec<_> = preparation.dependencies.iter().map(state).collect();
    // `Debug` output may change with the Rust version; then the toolchain is prepared once more.
    let all = format!("{VERSION} {} {toolchain:?} {preparation:?} {states:?}", language.id);
    let digest: [u8; 32] = Sha256::digest(all.as_bytes()).into();
    // Half of the digest is enough where nobody searches for collisions.
    digest[..16].iter().fold(String::new(), |name, byte| name + &format!("{byte:02x}"))
}

/// Reads all files in these folders into the page cache, as this process: the kernel charges a page to the cgroup that reads it
/// first, which otherwise is a sandbox's.
pub(super) fn read_ahead(folders: Vec<PathBuf>) {
    for folder in folders {
        // A toolchain that cannot read it works without it.
        let _unreadable = read_all(&folder);
    }
}

fn read_all(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return fs::read_dir(path)?.try_for_each(|entry| read_all(&entry?.path()));
    }
    io::copy(&mut File::open(path)?, &mut io::sink()).map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(parent: &Path, name: &str) -> PreparedFolder {
        PreparedFolder { parent: parent.join("c"), name: name.to_owned() }
    }

    #[test]
    fn a_stored_version_is_complete_and_readable_and_replaces_the_others() {
        let data = tempfile::tempdir().expect("a folder");
        let [old, new] = ["old", "new"].map(|name| folder(data.path(), name));
        assert_eq!(old.find(), None);
        let stored = old.store(&[SandboxFile::plain("include/all.h", b"int x;")]).expect("stored");
        assert_eq!(old.find(), Some(stored.clone()));
        let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
        assert_eq!([mode(&stored), mode(&stored.join("include/all.h"))], [0o755, 0o644]);
        let stored = new.store(&[SandboxFile::plain("a", b"")]).expect("stored");
        assert_eq!((old.find(), new.find()), (None, Some(stored)));
    }

    #[test]
    fn what_an_interrupted_start_left_behind_is_no_prepared_folder() {
        let data = tempfile::tempdir().expect("a folder");
        let folder = folder(data.path(), "new");
        let unfinished = folder.parent.join("unfinished");
        fs::create_dir_all(&unfinished).expect("made");
        fs::write(unfinished.join("half"), "").expect("written");
        assert_eq!(folder.find(), None);
        let stored = folder.store(&[SandboxFile::plain("whole", b"")]).expect("stored");
        let names: Vec<_> =
            fs::read_dir(stored).expect("there").map(|one| one.expect("one").file_name()).collect();
        assert_eq!(names, ["whole"]);
    }
}
