//! Files that nobody but the server's user may read: they hold submissions, results and hidden tests.
//!
//! What is new is made so. What an older version made, or somebody copied, is corrected when it is opened; only by names that are
//! ours, for the folder may hold other things, too.

use std::{
    fs::{self, DirBuilder, Permissions},
    io,
    os::unix::fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _},
    path::Path,
};

use crate::StoreError;

/// What others may write to, with only the owners of things in it to remove them: a folder for everybody, like `/tmp`.
const FOR_EVERYBODY: u32 = 0o1002;

/// Makes the folder, or makes one that is there private.
pub(crate) fn folder(path: &Path) -> Result<(), StoreError> {
    let failed = |source| StoreError::Folder { dir: path.to_owned(), source };
    DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(failed)?;
    let found = fs::metadata(path).map_err(failed)?;
    if found.permissions().mode() & FOR_EVERYBODY == FOR_EVERYBODY {
        return Err(StoreError::ForEverybody { dir: path.to_owned() });
    }
    // Into somebody else's a launcher of root's gets by the rights of others alone, to show what is prepared.
    let is_ours = found.uid() == rustix::process::geteuid().as_raw();
    keep(path, if is_ours { 0o700 } else { 0o711 });
    Ok(())
}

/// Makes private what is in a folder by one of these names, without what is in that.
pub(crate) fn entries(folder: &Path, names: &[&str]) {
    let paths = names.iter().map(|name| folder.join(name));
    paths.filter(|path| path.exists() && !path.is_symlink()).for_each(|path| correct(&path));
}

/// Makes a folder private, and all that is in it. Links are left alone, and so is what they lead to.
pub(crate) fn tree(path: &Path) {
    let Ok(found) = fs::symlink_metadata(path) else { return };
    if found.is_symlink() {
        return;
    }
    correct(path);
    if !found.is_dir() {
        return;
    }
    match fs::read_dir(path) {
        Ok(entries) => entries.flatten().for_each(|entry| tree(&entry.path())),
        Err(error) => complain(path, &error),
    }
}

/// Takes away what others may do.
fn correct(path: &Path) {
    keep(path, 0o700);
}

/// Takes away all rights but these.
fn keep(path: &Path, rights: u32) {
    let corrected = fs::metadata(path).and_then(|found| {
        let mode = found.permissions().mode() & 0o777;
        if mode & !rights == 0 {
            return Ok(());
        }
        fs::set_permissions(path, Permissions::from_mode(mode & rights))
    });
    if let Err(error) = corrected {
        complain(path, &error);
    }
}

/// Somebody else's: the server can work, and its operator has to see to it.
fn complain(path: &Path, error: &io::Error) {
    tracing::warn!(path = %path.display(), %error, "other users may read this, and it cannot be changed: take their rights away");
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).expect("is there").permissions().mode() & 0o7777
    }

    #[test]
    fn what_an_older_version_made_is_corrected_and_what_is_not_ours_is_left() {
        let outside = tempfile::tempdir().expect("a folder");
        let data = outside.path().join("data");
        fs::create_dir_all(data.join("objects/inner")).expect("folders");
        for name in ["records.db", "notes.txt", "objects/inner/one"] {
            fs::write(data.join(name), "x").expect("a file");
            fs::set_permissions(data.join(name), Permissions::from_mode(0o644)).expect("it is ours");
        }
        fs::write(outside.path().join("theirs"), "x").expect("a file");
        fs::set_permissions(outside.path().join("theirs"), Permissions::from_mode(0o644))
            .expect("it is ours");
        symlink(outside.path().join("theirs"), data.join("objects/link")).expect("a link");
        for name in ["", "objects", "objects/inner"] {
            fs::set_permissions(data.join(name), Permissions::from_mode(0o755)).expect("it is ours");
        }
        folder(&data).expect("it can be used");
        entries(&data, &["records.db", "records.db-wal"]);
        tree(&data.join("objects"));
        for (name, expected) in [
            ("", 0o700),
            ("records.db", 0o600),
            ("notes.txt", 0o644),
            ("objects", 0o700),
            ("objects/inner", 0o700),
            ("objects/inner/one", 0o600),
            ("../theirs", 0o644),
        ] {
            assert_eq!(mode(&data.join(name)), expected, "{name}");
        }
    }

    #[test]
    fn a_folder_for_everybody_is_refused_and_left_as_it_is() {
        let outside = tempfile::tempdir().expect("a folder");
        let shared = outside.path().join("tmp");
        fs::create_dir(&shared).expect("a folder");
        fs::set_permissions(&shared, Permissions::from_mode(0o1777)).expect("it is ours");
        let error = folder(&shared).expect_err("for everybody").to_string();
        assert!(error.contains("for everybody"), "{error}");
        assert_eq!(mode(&shared), 0o1777);
    }
}
