//! Test data cache: suites by digest, parsed in memory, and large test data by digest, in files without names.
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

/// Number of are expected to fit; only a hint.
const EXPECTED_ENTRIES: usize = 256;

/// Approximate size of an entry without its bytes.
const ENTRY_OVERHEAD: u64 = 512;

/// Maximum number of cached data files, which are kept open.
pub const MAX_CACHED_FILES: usize = 256;

/// Suites and data of tests, by digest. A handle: cheap to clone.
#[derive(Clone)]
pub struct TestDataCache {
    objects: Objects,
    folder: PathBuf,
    suites: Arc<sync::Cache<Digest, CachedSuite, EntryWeighter>>,
    files: Arc<sync::Cache<Digest, CachedFile, EntryWeighter>>,
    /// Minimum weight of a file, since each needs a descriptor.
    min_file_weight: u64,
}

/// Capacity of a [`TestDataCache`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TestDataCacheSettings {
    /// Of suites, in memory, by the size of their stored form.
    pub suites: Bytes,
    /// Of data, in files.
    pub data: Bytes,
}

impl Default for TestDataCacheSettings {
    fn default() -> Self {
        Self { suites: Bytes::mib(64), data: Bytes::mib(1024) }
    }
}

/// A suite or test data is not available: a failure of ours. Without digests: a guess of a hidden test could be checked against
/// one.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TestDataCacheError {
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
struct CachedSuite {
    suite: Arc<Suite>,
    bytes: u64,
}

#[derive(Clone)]
struct CachedFile {
    file: Arc<File>,
    bytes: u64,
}

#[derive(Clone)]
struct EntryWeighter;

impl Weighter<Digest, CachedSuite> for EntryWeighter {
    fn weight(&self, _: &Digest, cached: &CachedSuite) -> u64 {
        ENTRY_OVERHEAD + cached.bytes
    }
}

impl Weighter<Digest, CachedFile> for EntryWeighter {
    fn weight(&self, _: &Digest, cached: &CachedFile) -> u64 {
        ENTRY_OVERHEAD + cached.bytes
    }
}

/// A cache of at most so many bytes.
fn cache<V: Clone>(most: Bytes) -> Arc<sync::Cache<Digest, V, EntryWeighter>>
where
    EntryWeighter: Weighter<Digest, V>,
{
    // One shard: a part of many parts could not take what is large.
    let options = OptionsBuilder::new()
        .shards(1)
        .estimated_items_capacity(EXPECTED_ENTRIES)
        .weight_capacity(most.get())
        .build()
        .expect("both capacities are given");
    let (hash, life) = (DefaultHashBuilder::default(), sync::DefaultLifecycle::default());
    Arc::new(sync::Cache::with_options(options, EntryWeighter, hash, life))
}

impl TestDataCache {
    /// An empty shelf over these objects. Files are made in this folder, where they have no names.
    pub fn new(objects: Objects, folder: impl Into<PathBuf>, settings: TestDataCacheSettings) -> Self {
        let (suites, files) = (cache(settings.suites), cache(settings.data));
        let min_file_weight = settings.data.get().div_ceil(MAX_CACHED_FILES as u64);
        Self { objects, folder: folder.into(), suites, files, min_file_weight }
    }

    /// The suite of this digest. Whoever asks for one that is being fetched waits for it.
    pub(crate) async fn suite(&self, digest: Digest) -> Result<Arc<Suite>, TestDataCacheError> {
        let cached = self.suites.get_or_insert_async(&digest, self.fetch_suite(digest)).await?;
        Ok(cached.suite)
    }

    async fn fetch_suite(&self, digest: Digest) -> Result<CachedSuite, TestDataCacheError> {
        let key = ContentKey::Suite(digest);
        let found = self.objects.get_content(key).await?.ok_or(TestDataCacheError::Missing(key))?;
        let bytes = found.pieces.try_collect::<Vec<_>>().await?.concat();
        let suite = Suite::from_bytes(&bytes).map_err(|_| TestDataCacheError::Unreadable)?;
        Ok(CachedSuite { suite: Arc::new(suite), bytes: bytes.len() as u64 })
    }

    async fn file(&self, digest: Digest) -> Result<Arc<File>, TestDataCacheError> {
        let cached = self.files.get_or_insert_async(&digest, self.fetch_file(digest)).await?;
        Ok(cached.file)
    }

    async fn fetch_file(&self, digest: Digest) -> Result<CachedFile, TestDataCacheError> {
        let key = ContentKey::TestData(digest);
        let mut found = self.objects.get_content(key).await?.ok_or(TestDataCacheError::Missing(key))?;
        let mut file = tokio::fs::File::from_std(tempfile::tempfile_in(&self.folder)?);
        while let Some(piece) = found.pieces.try_next().await? {
            file.write_all(&piece).await?;
        }
        file.flush().await?;
        let bytes = found.size.get().max(self.min_file_weight);
        Ok(CachedFile { file: Arc::new(file.into_std().await), bytes })
    }
}

#[async_trait]
impl TestData for TestDataCache {
    async fn open(&self, digest: &Digest) -> Result<File, DataError> {
        let cached = self.file(*digest).await.map_err(io::Error::other)?;
        // Opened anew: a duplicate would share its place in the file with all others.
        Ok(File::open(format!("/proc/self/fd/{}", cached.as_raw_fd()))?)
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

    struct CacheFixture {
        folder: TempDir,
        cache: TestDataCache,
    }

    impl CacheFixture {
        fn new(settings: TestDataCacheSettings) -> Self {
            let folder = tempfile::tempdir().expect("a folder");
            let objects = Objects::open_folder(&folder.path().join("objects")).expect("objects");
            let shelf = TestDataCache::new(objects, folder.path(), settings);
            Self { folder, cache: shelf }
        }

        async fn put_object(&self, key: ContentKey, bytes: &[u8]) {
            let source = Box::new(Cursor::new(bytes.to_vec()));
            self.cache.objects.put_content(key, source).await.expect("is kept");
        }

        async fn keep_data(&self, bytes: &[u8]) -> Digest {
            let digest = Digest::of(bytes);
            self.put_object(ContentKey::TestData(digest), bytes).await;
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

    async fn read(shelf: &TestDataCache, digest: Digest) -> Vec<u8> {
        let mut bytes = Vec::new();
        shelf.open(&digest).await.expect("opens").read_to_end(&mut bytes).expect("reads");
        bytes
    }

    #[tokio::test]
    async fn what_was_fetched_is_kept() {
        let bench = CacheFixture::new(TestDataCacheSettings::default());
        let suite = suite();
        bench.put_object(ContentKey::Suite(suite.digest()), &suite.to_bytes()).await;
        let data = bench.keep_data(b"many bytes").await;
        for _ in 0..2 {
            assert_eq!(*bench.cache.suite(suite.digest()).await.expect("is there"), suite);
            assert_eq!(read(&bench.cache, data).await, b"many bytes");
            bench.empty_the_store();
        }
        let left: Vec<_> = fs::read_dir(bench.folder.path()).expect("reads").collect();
        assert_eq!(left.len(), 1, "the files have no names: {left:?}");
    }

    #[tokio::test]
    async fn each_opened_descriptor_reads_from_the_start_and_cannot_write() {
        let bench = CacheFixture::new(TestDataCacheSettings::default());
        let data = bench.keep_data(b"many bytes").await;
        let mut first = bench.cache.open(&data).await.expect("opens");
        let mut some = [0; 4];
        first.read_exact(&mut some).expect("reads");
        assert_eq!(read(&bench.cache, data).await, b"many bytes");
        assert!(first.write_all(b"other").is_err());
    }

    #[tokio::test]
    async fn what_is_more_than_may_be_kept_is_fetched_again() {
        let defaults = TestDataCacheSettings::default();
        assert_eq!((defaults.suites, defaults.data), (Bytes::mib(64), Bytes::mib(1024)));
        let bench = CacheFixture::new(TestDataCacheSettings { suites: Bytes(600), data: Bytes(4096) });
        let suite = suite();
        bench.put_object(ContentKey::Suite(suite.digest()), &suite.to_bytes()).await;
        let digests = [bench.keep_data(&[1; 3000]).await, bench.keep_data(&[2; 3000]).await];
        assert_eq!(read(&bench.cache, digests[0]).await, [1; 3000]);
        assert_eq!(read(&bench.cache, digests[1]).await, [2; 3000]);
        bench.cache.suite(suite.digest()).await.expect("is there");
        bench.empty_the_store();
        assert!(bench.cache.suite(suite.digest()).await.is_err(), "too large to be kept");
        let mut cached = 0;
        for digest in digests {
            cached += usize::from(bench.cache.open(&digest).await.is_ok());
        }
        assert_eq!(cached, 1, "there is room for one of them");
    }

    #[tokio::test]
    async fn what_is_damaged_or_missing_is_an_error_that_tells_no_test() {
        let bench = CacheFixture::new(TestDataCacheSettings::default());
        let data = bench.keep_data(b"many bytes").await;
        let path = bench.folder.path().join("objects/tests").join(data.to_string());
        fs::write(path, b"m4ny bytes").expect("is damaged");
        assert!(bench.cache.open(&data).await.is_err(), "what is damaged is not given out");
        let unreadable = suite()
            .to_bytes()
            .iter()
            .map(|byte| if *byte == b'{' { b'[' } else { *byte })
            .collect::<Vec<_>>();
        let digest = Digest::of(&unreadable);
        bench.put_object(ContentKey::Suite(digest), &unreadable).await;
        for digest in [digest, Digest::of(b"missing")] {
            let error = bench.cache.suite(digest).await.expect_err("cannot be had").to_string();
            assert!(!error.contains("s3cr3t") && !error.contains(&digest.to_string()), "{error}");
        }
    }
}
