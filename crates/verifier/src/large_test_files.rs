//! Large test files of a package: each copied at its first use, into a file without a name.

use std::{
    collections::HashMap,
    fs::File,
    io::{self, Read as _, Seek as _, Write as _},
    os::fd::AsRawFd as _,
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use model::{Digest, TestContent};
use package::{Package, TreeError};
use sha2::{Digest as _, Sha256};
use worker::{DataError, TestData};

/// Why the bytes of a test are not there.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CopyError {
    /// The suite names what the package does not have.
    #[error("no file of the package has the digest {0}")]
    Unknown(Digest),
    /// The package cannot be read.
    #[error(transparent)]
    Tree(#[from] TreeError),
    /// It cannot be copied.
    #[error("{name} cannot be copied to a temporary file: {source}")]
    Copy {
        /// The file of the package.
        name: String,
        /// Why.
        source: io::Error,
    },
    /// It is not what it was when the package was read.
    #[error("{0} has changed since the package was read: verify it again")]
    Changed(String),
}

/// The large tests of a package.
#[derive(Debug, Clone)]
pub struct LargeTestFiles {
    package: Arc<Package>,
    files: Arc<HashMap<Digest, package::File>>,
    copies: Arc<Mutex<HashMap<Digest, Arc<File>>>>,
}

impl LargeTestFiles {
    /// Those that [`Package::suite`] has named.
    pub(crate) fn new(package: Arc<Package>, objects: Vec<(TestContent, package::File)>) -> Self {
        let digest = |(data, file)| match data {
            TestContent::Object { digest, .. } => Some((digest, file)),
            TestContent::Inline(_) => None,
        };
        let files = Arc::new(objects.into_iter().filter_map(digest).collect());
        Self { package, files, copies: Arc::default() }
    }

    /// A file with the bytes, at its start, which shares its place with no other.
    pub(crate) fn copy(&self, digest: &Digest) -> Result<File, CopyError> {
        let file = self.files.get(digest).ok_or(CopyError::Unknown(*digest))?;
        let failed = |source| CopyError::Copy { name: file.path.clone(), source };
        // Held while it is copied, so that nobody copies the same beside it.
        let mut copies = self.copies.lock().unwrap_or_else(PoisonError::into_inner);
        let copy = match copies.get(digest) {
            Some(copy) => copy.clone(),
            None => copies.entry(*digest).or_insert(Arc::new(self.copied(file, digest)?)).clone(),
        };
        File::open(format!("/proc/self/fd/{}", copy.as_raw_fd())).map_err(failed)
    }

    /// Its size is bounded by the caps that the package was read with.
    fn copied(&self, file: &package::File, digest: &Digest) -> Result<File, CopyError> {
        let failed = |source| CopyError::Copy { name: file.path.clone(), source };
        let mut reader = self.package.tree.open(file)?;
        let mut copy = tempfile::tempfile().map_err(failed)?;
        let (mut hash, mut piece) = (Sha256::new(), vec![0; 64 * 1024]);
        loop {
            let read = reader.read(&mut piece).map_err(failed)?;
            if read == 0 {
                break;
            }
            hash.update(&piece[..read]);
            copy.write_all(&piece[..read]).map_err(failed)?;
        }
        if Digest::from_sha256(hash.finalize().into()) != *digest {
            return Err(CopyError::Changed(file.path.clone()));
        }
        copy.rewind().map_err(failed)?;
        Ok(copy)
    }
}

#[async_trait]
impl TestData for LargeTestFiles {
    async fn open(&self, digest: &Digest) -> Result<File, DataError> {
        let (tests, digest) = (self.clone(), *digest);
        let copied = tokio::task::spawn_blocking(move || tests.copy(&digest)).await;
        match copied.map_err(io::Error::other)? {
            Ok(file) => Ok(file),
            Err(CopyError::Unknown(digest)) => Err(DataError::Missing(digest)),
            Err(error) => Err(io::Error::other(error).into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use package::Caps;

    use super::*;

    const LARGE: usize = 100_000;

    fn large_tests(folder: &std::path::Path) -> (LargeTestFiles, Digest) {
        let write = |name: &str, content: &[u8]| {
            let path = folder.join(name);
            fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            fs::write(path, content).expect("written");
        };
        write("problem.yaml", b"title: Large\n");
        write("tests/1.in", &vec![b'7'; LARGE]);
        write("tests/1.out", b"7");
        let package = Arc::new(Package::open(folder, Caps::default()).expect("a package"));
        let objects = package.suite(None).expect("a suite").objects;
        let Some((TestContent::Object { digest, .. }, _)) = objects.first() else { panic!("it is small") };
        let digest = *digest;
        (LargeTestFiles::new(package, objects), digest)
    }

    #[test]
    fn each_reader_begins_at_the_start() {
        let folder = tempfile::tempdir().expect("a folder");
        let (tests, digest) = large_tests(folder.path());
        for _ in 0..2 {
            let mut bytes = Vec::new();
            tests.copy(&digest).expect("a file").read_to_end(&mut bytes).expect("reads");
            assert_eq!(bytes, vec![b'7'; LARGE]);
        }
        assert!(matches!(tests.copy(&Digest::of(b"")), Err(CopyError::Unknown(_))));
    }

    #[test]
    fn a_test_that_changes_meanwhile_is_not_judged_by() {
        let folder = tempfile::tempdir().expect("a folder");
        let (tests, digest) = large_tests(folder.path());
        fs::write(folder.path().join("tests/1.in"), vec![b'8'; LARGE]).expect("written");
        assert!(matches!(tests.copy(&digest), Err(CopyError::Changed(name)) if name == "tests/1.in"));
    }
}
