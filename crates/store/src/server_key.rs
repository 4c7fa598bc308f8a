//! Key of a server: random bytes in a file of its data folder, made at the first start.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
};

use crate::error::StoreError;

/// Length of a key in bytes.
const BYTES: usize = 32;

/// The key in the file of this name in a data folder. Only one process may use the folder ([`crate::DataLock`]).
pub fn server_key(folder: &Path, name: &str) -> Result<[u8; BYTES], StoreError> {
    let path = folder.join(name);
    let failed = |source| StoreError::Key { path: path.clone(), source };
    match fs::read(&path) {
        Ok(bytes) => <[u8; BYTES]>::try_from(bytes).map_err(|bytes| {
            let problem = format!("it has {} bytes instead of {BYTES}", bytes.len());
            failed(io::Error::new(io::ErrorKind::InvalidData, problem))
        }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => create(&path).map_err(failed),
        Err(error) => Err(failed(error)),
    }
}

/// Writes it beside the file first, so that a crash leaves no part of a key.
fn create(path: &Path) -> io::Result<[u8; BYTES]> {
    let mut key = [0; BYTES];
    getrandom::fill(&mut key)?;
    let new = path.with_extension("new");
    let mut file = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&new)?;
    file.write_all(&key)?;
    file.sync_all()?;
    fs::rename(&new, path)?;
    Ok(key)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_key_is_made_once_and_only_its_owner_can_read_it() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let key = server_key(folder.path(), "a.key").expect("a key");
        assert_eq!(server_key(folder.path(), "a.key").expect("the same"), key);
        assert_ne!(server_key(folder.path(), "b.key").expect("another"), key);
        let mode = fs::metadata(folder.path().join("a.key")).expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_file_that_is_no_key_is_an_error_and_stays() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        fs::write(folder.path().join("a.key"), "short").expect("a file");
        let error = server_key(folder.path(), "a.key").expect_err("too short");
        assert!(error.to_string().contains("a.key"), "{error}");
        assert_eq!(fs::read(folder.path().join("a.key")).expect("a file"), b"short");
    }
}
