//! Where it is kept: `prepared/LANGUAGE/HASH` in the data folder, there in whole or not at all.

use std::{
    fs::{self, File, Permissions},
    io::{self, Write},
    os::unix::fs::{MetadataExt, PermissionsExt},
    path::{Path, PathBuf},
};

use anyhow::Context;
use languages::{Language, Preparation};
use sandbox::SandboxFile;
use sha2::{Digest, Sha256};

/// To be raised when things are made or kept in another way.
const VERSION: &str = "prepared 1";

/// The place of one preparation.
pub(super) struct Kept {
    /// The language's folder.
    folder: PathBuf,
    name: String,
}

impl Kept {
    pub(super) fn new(data: &Path, language: &Language, preparation: &Preparation) -> Self {
        // A sandbox is set up in another folder than this process's.
        let data = std::path::absolute(data).unwrap_or_else(|_| data.to_owned());
        Self { folder: data.join("prepared").join(language.id.as_str()), name: name(language, preparation) }
    }

    /// The folder, if it has been made.
    pub(super) fn find(&self) -> Option<PathBuf> {
        let folder = self.folder.join(&self.name);
        folder.is_dir().then_some(folder)
    }

    /// Keeps the files, and takes those away that were made of something else.
    pub(super) fn keep(&self, files: &[SandboxFile]) -> anyhow::Result<PathBuf> {
        let unfinished = self.folder.join("unfinished");
        self.write(&unfinished, files)
            .with_context(|| format!("cannot write to {}", unfinished.display()))?;
        let finished = self.folder.join(&self.name);
        fs::rename(&unfinished, &finished).with_context(|| format!("cannot make {}", finished.display()))?;
        if let Err(error) = self.remove_others() {
            tracing::warn!(folder = %self.folder.display(), %error, "old files could not be removed");
        }
        Ok(finished)
    }

    /// Readable for everybody, whatever this process's mask, since a program in a sandbox is not us.
    fn write(&self, into: &Path, files: &[SandboxFile]) -> io::Result<()> {
        make_folder(&self.folder)?;
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
            // Whole on the disk before its name says so.
            created.sync_all()?;
        }
        Ok(())
    }

    fn remove_others(&self) -> io::Result<()> {
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            if entry.file_name() != self.name.as_str() {
                fs::remove_dir_all(entry.path())?;
            }
        }
        Ok(())
    }
}

/// The folders that a file of this name is in.
fn make_folders(into: &Path, name: &str) -> io::Result<()> {
    let ends = name.match_indices('/').map(|(end, _)| end);
    ends.map(|end| into.join(&name[..end])).try_for_each(|folder| make_folder(&folder))
}

fn make_folder(path: &Path) -> io::Result<()> {
    fs::create_dir_all(path)?;
    fs::set_permissions(path, Permissions::from_mode(0o755))
}

/// A hash of all that decides what is made: the toolchain, the state of its files, the commands and what they get.
fn name(language: &Language, preparation: &Preparation) -> String {
    let toolchain = language.toolchain().map(|toolchain| toolchain.description.as_str());
    let state = |path: &PathBuf| {
        let state = fs::metadata(path).ok();
        (path.clone(), state.map(|state| (state.ino(), state.size(), state.mtime(), state.mtime_nsec())))
    };
    let states: Vec<_> = preparation.made_for.iter().map(state).collect();
    // The form of this text may change with a compiler of ours; then it is made once more.
    let all = format!("{VERSION} {} {toolchain:?} {preparation:?} {states:?}", language.id);
    let digest: [u8; 32] = Sha256::digest(all.as_bytes()).into();
    // Half of it is enough where nobody looks for two that are alike.
    digest[..16].iter().fold(String::new(), |name, byte| name + &format!("{byte:02x}"))
}

/// Reads all files in these folders into the kernel's memory, as this process: what a sandbox reads first counts as its
/// memory.
pub(super) fn read_ahead(folders: Vec<PathBuf>) {
    for folder in folders {
        // Whoever uses it will see it fail, too, and do without.
        let _unreadable = read_all(&folder);
    }
}

fn read_all(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return fs::read_dir(path)?.try_for_each(|entry| read_all(&entry?.path()));
    }
    io::copy(&mut File::open(path)?, &mut io::sink()).map(|_| ())
}
