//! What is judged by, fetched by its digest: suites, kept parsed in memory, and the large data of tests, kept in files without
//! names.
//!
//! Both are kept for when the next submission to the same problem comes, each within its own bound. What is fetched was hashed
//! on the way, and what is kept nobody else can write: the files are in no folder, so they are gone with the process.

use std::{fs::File, io, os::fd::AsRawFd as _, path::PathBuf, sync::Arc};

use async_trait::async_trait;
use futures_util::TryStreamExt as _;
use model::{Bytes, Digest, Suite};
use quick_cache::{DefaultHashBuilder, OptionsBuilder, Weighter, sync};
use store::{ContentKey, Objects, ObjectsError};
use tokio::io::AsyncWriteExt as _;

use crate::{DataError, TestData};

/// How many are expected to fit; only a hint.
const EXPECTED: usize = 256;

/// What an entry takes beside its bytes, about.
const ENTRY: u64 = 512;

/// How many files of data are kept open, at most.
pub const MOST_KEPT_FILES: usize = 256;

/// Suites and data of tests, by digest. A handle: cheap to clone.
#[derive(Clone)]
pub struct Shelf {
    objects: Objects,
    folder: PathBuf,
    suites: Arc<sync::Cache<Digest, KeptSuite, Weight>>,
    files: Arc<sync::Cache<Digest, KeptFile, Weight>>,
    /// What a file counts for at least, since each is a descriptor.
    least_of_a_file: u64,
}

/// How much a [`Shelf`] keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShelfSettings {
    /// Of suites, in memory, by the size of their stored form.
    pub suites: Bytes,
    /// Of data, in files.
    pub data: Bytes,
}

impl Default for ShelfSettings {
    fn default() -> Self {
        Self { suites: Bytes::mib(64), data: Bytes::mib(1024) }
    }
}

/// What is judged by cannot be had. Always ours to mend. Without digests: whoever guesses a hidden test could try the guess on
/// one.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ShelfError {
    /// It was never stored, or somebody deleted it.
    #[error("{0} cannot be found: start the server again with the problem's package in its folder")]
    Missing(ContentKey),
    /// It cannot be fetched.
    #[error(transparent)]
    Objects(#[from] ObjectsError),
    /// It is of another version. What exactly is wrong may quote a hidden test.
    #[error(
        "the tests of a problem are not in the form that this version reads: start the server again with its package"
    )]
    Unreadable,
    /// There is no room for it, or no folder.
    #[error("the data of a test cannot be written to the data folder")]
    Write(#[from] io::Error),
}

#[derive(Clone)]
struct KeptSuite {
    suite: Arc<Suite>,
    bytes: u64,
}

#[derive(Clone)]
struct KeptFile {
    file: Arc<File>,
    bytes: u64,
}

#[derive(Clone)]
struct Weight;

impl Weighter<Digest, KeptSuite> for Weight {
    fn weight(&self, _: &Digest, kept: &KeptSuite) -> u64 {
        ENTRY + kept.bytes
    }
}

impl Weighter<Digest, KeptFile> for Weight {
    fn weight(&self, _: &Digest, kept: &KeptFile) -> u64 {
        ENTRY + kept.bytes
    }
}

/// A cache of at most so many bytes.
fn cache<V: Clone>(most: Bytes) -> Arc<sync::Cache<Digest, V, Weight>>
where
    Weight: Weighter<Digest, V>,
{
    // One shard: a part of many parts could not take what is large.
    let options = OptionsBuilder::new()
        .shards(1)
        .estimated_items_capacity(EXPECTED)
        .weight_capacity(most.get())
        .build()
        .expect("both capacities are given");
    let (hash, life) = (DefaultHashBuilder::default(), sync::DefaultLifecycle::default());
    Arc::new(sync::Cache::with_options(options, Weight, hash, life))
}

impl Shelf {
    /// An empty shelf over these objects. Files are made in this folder, where they have no names.
    pub fn new(objects: Objects, folder: impl Into<PathBuf>, settings: ShelfSettings) -> Self {
        let (suites, files) = (cache(settings.suites), cache(settings.data));
        let least_of_a_file = settings.data.get().div_ceil(MOST_KEPT_FILES as u64);
        Self { objects, folder: folder.into(), suites, files, least_of_a_file }
    }

    /// The suite of this digest. Whoever asks for one that is being fetched waits for it.
    pub(crate) async fn suite(&self, digest: Digest) -> Result<Arc<Suite>, ShelfError> {
        let kept = self.suites.get_or_insert_async(&digest, self.fetch_suite(digest)).await?;
        Ok(kept.suite)
    }

    async fn fetch_suite(&self, digest: Digest) -> Result<KeptSuite, ShelfError> {
        let key = ContentKey::Suite(digest);
        let found = self.objects.get_content(key).await?.ok_or(ShelfError::Missing(key))?;
        let bytes = found.pieces.try_collect::<Vec<_>>().await?.concat();
        let suite = Suite::from_bytes(&bytes).map_err(|_| ShelfError::Unreadable)?;
        Ok(KeptSuite { suite: Arc::new(suite), bytes: bytes.len() as u64 })
    }

    async fn file(&self, digest: Digest) -> Result<Arc<File>, ShelfError> {
        let kept = self.files.get_or_insert_async(&digest, self.fetch_file(digest)).await?;
        Ok(kept.file)
    }

    async fn fetch_file(&self, digest: Digest) -> Result<KeptFile, ShelfError> {
        let key = ContentKey::TestData(digest);
        let mut found = self.objects.get_content(key).await?.ok_or(ShelfError::Missing(key))?;
        let mut file = tokio::fs::File::from_std(tempfile::tempfile_in(&self.folder)?);
        while let Some(piece) = found.pieces.try_next().await? {
            file.write_all(&piece).await?;
        }
        file.flush().await?;
        let bytes = found.size.get().max(self.least_of_a_file);
        Ok(KeptFile { file: Arc::new(file.into_std().await), bytes })
    }
}

#[async_trait]
impl TestData for Shelf {
    async fn open(&self, digest: &Digest) -> Result<File, DataError> {
        let kept = self.file(*digest).await.map_err(io::Error::other)?;
        // Opened anew: a duplicate would share its place in the file with all others.
        Ok(File::open(format!("/proc/self/fd/{}", kept.as_raw_fd()))?)
    }
}

#[cfg(test)]
mod tests {
    use std::{
        fs,
        io::{Cursor, Read as _, Write as _},
    };

    use model::{Comparison, JudgingStyle, TestCase};
    use tempfile::TempDir;

    use super::*;

    struct Bench {
        folder: TempDir,
        shelf: Shelf,
    }

    impl Bench {
        fn new(settings: ShelfSettings) -> Self {
            let folder = tempfile::tempdir().expect("a folder");
            let objects = Objects::open_folder(&folder.path().join("objects")).expect("objects");
            let shelf = Shelf::new(objects, folder.path(), settings);
            Self { folder, shelf }
        }

        async fn keep(&self, key: ContentKey, bytes: &[u8]) {
            let source = Box::new(Cursor::new(bytes.to_vec()));
            self.shelf.objects.put_content(key, source).await.expect("is kept");
        }

        async fn keep_data(&self, bytes: &[u8]) -> Digest {
            let digest = Digest::of(bytes);
            self.keep(ContentKey::TestData(digest), bytes).await;
            digest
        }

        /// Takes everything out of the store, so that what is found was kept.
        fn empty_the_store(&self) {
            for folder in ["suites", "tests"] {
                let folder = self.folder.path().join("objects").join(folder);
                if folder.exists() {
                    fs::remove_dir_all(folder).expect("is removed");
                }
            }
        }
    }

    fn suite() -> Suite {
        Suite::plain(
            JudgingStyle::Streams(Comparison::default()),
            vec![TestCase::streams("s3cr3t", "1", "1")],
        )
    }

    async fn read(shelf: &Shelf, digest: Digest) -> Vec<u8> {
        let mut bytes = Vec::new();
        shelf.open(&digest).await.expect("opens").read_to_end(&mut bytes).expect("reads");
        bytes
    }

    #[tokio::test]
    async fn what_was_fetched_is_kept() {
        let bench = Bench::new(ShelfSettings::default());
        let suite = suite();
        bench.keep(ContentKey::Suite(suite.digest()), &suite.to_bytes()).await;
        let data = bench.keep_data(b"many bytes").await;
        for _ in 0..2 {
            assert_eq!(*bench.shelf.suite(suite.digest()).await.expect("is there"), suite);
            assert_eq!(read(&bench.shelf, data).await, b"many bytes");
            bench.empty_the_store();
        }
        let left: Vec<_> = fs::read_dir(bench.folder.path()).expect("reads").collect();
        assert_eq!(left.len(), 1, "the files have no names: {left:?}");
    }

    #[tokio::test]
    async fn each_who_opens_data_reads_from_its_beginning_and_cannot_write() {
        let bench = Bench::new(ShelfSettings::default());
        let data = bench.keep_data(b"many bytes").await;
        let mut first = bench.shelf.open(&data).await.expect("opens");
        let mut some = [0; 4];
        first.read_exact(&mut some).expect("reads");
        assert_eq!(read(&bench.shelf, data).await, b"many bytes");
        assert!(first.write_all(b"other").is_err());
    }

    #[tokio::test]
    async fn what_is_more_than_may_be_kept_is_fetched_again() {
        let defaults = ShelfSettings::default();
        assert_eq!((defaults.suites, defaults.data), (Bytes::mib(64), Bytes::mib(1024)));
        let bench = Bench::new(ShelfSettings { suites: Bytes(600), data: Bytes(4096) });
        let suite = suite();
        bench.keep(ContentKey::Suite(suite.digest()), &suite.to_bytes()).await;
        let digests = [bench.keep_data(&[1; 3000]).await, bench.keep_data(&[2; 3000]).await];
        assert_eq!(read(&bench.shelf, digests[0]).await, [1; 3000]);
        assert_eq!(read(&bench.shelf, digests[1]).await, [2; 3000]);
        bench.shelf.suite(suite.digest()).await.expect("is there");
        bench.empty_the_store();
        assert!(bench.shelf.suite(suite.digest()).await.is_err(), "too large to be kept");
        let mut kept = 0;
        for digest in digests {
            kept += usize::from(bench.shelf.open(&digest).await.is_ok());
        }
        assert_eq!(kept, 1, "there is room for one of them");
    }

    #[tokio::test]
    async fn what_is_damaged_or_missing_is_an_error_that_tells_no_test() {
        let bench = Bench::new(ShelfSettings::default());
        let data = bench.keep_data(b"many bytes").await;
        let path = bench.folder.path().join("objects/tests").join(data.to_string());
        fs::write(path, b"m4ny bytes").expect("is damaged");
        assert!(bench.shelf.open(&data).await.is_err(), "what is damaged is not given out");
        let unreadable = suite()
            .to_bytes()
            .iter()
            .map(|byte| if *byte == b'{' { b'[' } else { *byte })
            .collect::<Vec<_>>();
        let digest = Digest::of(&unreadable);
        bench.keep(ContentKey::Suite(digest), &unreadable).await;
        for digest in [digest, Digest::of(b"missing")] {
            let error = bench.shelf.suite(digest).await.expect_err("cannot be had").to_string();
            assert!(!error.contains("s3cr3t") && !error.contains(&digest.to_string()), "{error}");
        }
    }
}
