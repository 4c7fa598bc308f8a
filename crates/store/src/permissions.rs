//! File permissions: data files are readable only for the server's user, because they contain submissions,
//! results and hidden tests.
//!
//! New files are created with these permissions. Files of older versions, or copies, are corrected when they
//! are opened, only by known names, because the folder may contain other files.

use std::{
    fs::{self, DirBuilder, Permissions},
    io,
    os::unix::fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _},
    path::Path,
};

use crate::error::StoreError;

/// Mode of a shared folder like `/tmp`: writable for others, with the sticky bit.
const WORLD_WRITABLE_STICKY: u32 = 0o1002;

/// Creates the folder, or restricts an existing one to its owner.
pub(crate) fn secure_folder(path: &Path) -> Result<(), StoreError> {
    let failed = |source| StoreError::Folder { dir: path.to_owned(), source };
    DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(failed)?;
    let found = fs::metadata(path).map_err(failed)?;
    if found.permissions().mode() & WORLD_WRITABLE_STICKY == WORLD_WRITABLE_STICKY {
        return Err(StoreError::WorldWritable { dir: path.to_owned() });
    }
    // In a folder of another user, a launcher that runs as root has only the permissions of others, which it
    // needs to show prepared files.
    let is_ours = found.uid() == rustix::process::geteuid().as_raw();
    restrict(path, if is_ours { 0o700 } else { 0o711 });
    Ok(())
}

/// Restricts these entries of a folder to their owner, not recursively.
pub(crate) fn secure_entries(folder: &Path, names: &[&str]) {
    let paths = names.iter().map(|name| folder.join(name));
    paths.filter(|path| path.exists() && !path.is_symlink()).for_each(|path| restrict_to_owner(&path));
}

/// Restricts a folder and its contents to their owner. Symbolic links and their targets are left unchanged.
pub(crate) fn secure_tree(path: &Path) {
    let Ok(found) = fs::symlink_metadata(path) else { return };
    if found.is_symlink() {
        return;
    }
    restrict_to_owner(path);
    if !found.is_dir() {
        return;
    }
    match fs::read_dir(path) {
        Ok(entries) => entries.flatten().for_each(|entry| secure_tree(&entry.path())),
        Err(error) => warn_unchanged(path, &error),
    }
}

/// Removes the permissions of group and others.
fn restrict_to_owner(path: &Path) {
    restrict(path, 0o700);
}

/// Removes all permissions except these.
fn restrict(path: &Path, allowed: u32) {
    let result = fs::metadata(path).and_then(|found| {
        let mode = found.permissions().mode() & 0o777;
        if mode & !allowed == 0 {
            return Ok(());
        }
        fs::set_permissions(path, Permissions::from_mode(mode & allowed))
    });
    if let Err(error) = result {
        warn_unchanged(path, &error);
    }
}

/// The file belongs to another user: the server can work, and its operator must correct it.
fn warn_unchanged(path: &Path, error: &io::Error) {
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
    fn files_of_older_versions_are_restricted_and_other_files_are_left() {
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
        secure_folder(&data).expect("it can be used");
        secure_entries(&data, &["records.db", "records.db-wal"]);
        secure_tree(&data.join("objects"));
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
    fn a_world_writable_folder_is_rejected_and_left_unchanged() {
        let outside = tempfile::tempdir().expect("a folder");
        let shared = outside.path().join("tmp");
        fs::create_dir(&shared).expect("a folder");
        fs::set_permissions(&shared, Permissions::from_mode(0o1777)).expect("it is ours");
        let error = secure_folder(&shared).expect_err("for everybody").to_string();
        assert!(error.contains("for everybody"), "{error}");
        assert_eq!(mode(&shared), 0o1777);
    }
}
