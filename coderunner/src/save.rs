//! Artifact files: saved below a folder of the user's choice.
//!
//! The folder is the user's own choice; the names below it are the guest's. Each part of a name is made or opened by
//! itself, below the folder before it and never through a link, so no name leads elsewhere; and what is there already stays
//! as it is.

use std::{
    fs::{self, File},
    io::Write as _,
    os::fd::OwnedFd,
    path::Path,
};

use anyhow::{Context as _, bail};
use rustix::{
    fs::{Mode, OFlags, mkdirat, open, openat},
    io::Errno,
};
use worker::RunResult;

/// Writes each file under its name. The folder is made if it is not there; a file that is there is an error.
pub(crate) fn save(ran: &RunResult, folder: &Path) -> anyhow::Result<()> {
    let root = root(folder)?;
    for (artifact, bytes) in ran.report.artifacts.kept.iter().zip(&ran.files) {
        write(&root, &artifact.name, bytes)
            .with_context(|| format!("cannot save {:?} in {}", artifact.name, folder.display()))?;
    }
    Ok(())
}

/// Makes sure that there is such a folder.
pub(crate) fn make(folder: &Path) -> anyhow::Result<()> {
    root(folder).map(drop)
}

fn root(folder: &Path) -> anyhow::Result<OwnedFd> {
    fs::create_dir_all(folder)
        .and_then(|()| Ok(open(folder, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?))
        .with_context(|| format!("cannot make the folder {}", folder.display()))
}

fn write(root: &OwnedFd, name: &str, bytes: &[u8]) -> anyhow::Result<()> {
    let parts: Vec<&str> = name.split('/').collect();
    if parts.iter().any(|part| matches!(*part, "" | "." | "..") || !model::is_all_visible(part)) {
        bail!("its name does not lead down");
    }
    let (last, folders) = parts.split_last().context("it has no name")?;
    let mut folder = root.try_clone()?;
    for part in folders {
        folder = open_or_create_folder(&folder, part)?;
    }
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let file = openat(&folder, *last, flags, Mode::from_raw_mode(0o644)).map_err(|errno| match errno {
        Errno::EXIST => anyhow::anyhow!("there is such a file already"),
        other => other.into(),
    })?;
    Ok(File::from(file).write_all(bytes)?)
}

/// The folder of this name, made if it is not there; a link is none.
fn open_or_create_folder(folder: &OwnedFd, name: &str) -> anyhow::Result<OwnedFd> {
    match mkdirat(folder, name, Mode::from_raw_mode(0o755)) {
        Ok(()) | Err(Errno::EXIST) => {}
        Err(errno) => return Err(errno.into()),
    }
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    openat(folder, name, flags, Mode::empty()).with_context(|| format!("{name:?} is no folder"))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn check_saved(folder: &Path, name: &str) -> Result<(), String> {
        let root = root(folder).expect("a folder");
        write(&root, name, b"new").map_err(|error| format!("{error:#}"))
    }

    #[test]
    fn files_and_their_folders_are_made() {
        let folder = tempfile::tempdir().expect("a folder");
        let new = folder.path().join("new/folder");
        for name in ["a", "sub/deep/b", "sub/c", "é ..", "..."] {
            check_saved(&new, name).expect(name);
            assert_eq!(fs::read(new.join(name)).expect("is there"), b"new", "{name}");
        }
    }

    #[test]
    fn a_name_that_leads_elsewhere_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let inner = folder.path().join("inner");
        for name in ["", "/a", "../a", "a/../../b", ".", "a/", "a//b", "a\0b", "a\nb", "/etc/passwd"] {
            assert!(check_saved(&inner, name).is_err(), "{name:?}");
        }
        assert_eq!(fs::read_dir(folder.path()).expect("lists").count(), 1);
    }

    #[test]
    fn a_link_is_not_followed_and_a_file_stays_as_it_is() {
        let folder = tempfile::tempdir().expect("a folder");
        let [inner, outer] = ["inner", "outer"].map(|name| folder.path().join(name));
        fs::create_dir(&inner).expect("a folder");
        fs::create_dir(&outer).expect("a folder");
        fs::write(inner.join("old"), "old").expect("a file");
        symlink(&outer, inner.join("folder")).expect("a link");
        symlink(outer.join("target"), inner.join("file")).expect("a link");
        let refused = check_saved(&inner, "old").expect_err("is there");
        assert!(refused.contains("there is such a file already"), "{refused}");
        for name in ["folder/a", "file", "old/a"] {
            assert!(check_saved(&inner, name).is_err(), "{name}");
        }
        assert_eq!(fs::read(inner.join("old")).expect("is there"), b"old");
        assert_eq!(fs::read_dir(&outer).expect("lists").count(), 0);
    }

    #[test]
    fn whatever_its_name_a_file_is_saved_below_the_folder_or_not_at_all() {
        let folder = tempfile::tempdir().expect("a folder");
        let inner = folder.path().join("a/b/c/d/inner");
        fuzzkit::try_corpus_and_mutations("names", |bytes| {
            let Ok(name) = std::str::from_utf8(bytes) else { return };
            if check_saved(&inner, name).is_ok() {
                let path = inner.join(name).canonicalize().expect("is there");
                assert!(path.starts_with(inner.canonicalize().expect("is there")), "{name:?}");
            }
            assert_eq!(fs::read_dir(folder.path()).expect("lists").count(), 1, "{name:?}");
            // Existing files stay unchanged, so each name needs a new file.
            let _none_was_made = fs::remove_dir_all(&inner);
        });
    }
}
