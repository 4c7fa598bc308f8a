//! Test data: bytes of tests, in the suite or in files.

use std::{
    fs::File,
    io::{self, Read},
    os::unix::fs::FileExt,
    sync::Arc,
};

use async_trait::async_trait;
use model::{Content, Digest, TestContent};
use sandbox::Stdin;

/// Source of test data that is too large for the suite.
#[async_trait]
pub trait TestData: Send + Sync {
    /// A regular file with the bytes of this digest, to be read from its beginning.
    async fn open(&self, digest: &Digest) -> Result<File, DataError>;
}

/// The bytes of a test could not be had.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// They are missing.
    #[error("the test data {0} is missing")]
    Missing(Digest),
    /// Getting at them, or reading them, failed.
    #[error("test data could not be read")]
    Read(#[from] io::Error),
}

/// For suites that have all bytes in themselves.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoTestData;

#[async_trait]
impl TestData for NoTestData {
    async fn open(&self, digest: &Digest) -> Result<File, DataError> {
        Err(DataError::Missing(*digest))
    }
}

/// Bytes of a test, ready to be read as often as needed.
#[derive(Debug, Clone)]
pub(crate) enum TestBytes {
    Bytes(Content),
    File(Arc<File>),
}

impl TestBytes {
    /// The bytes of `data`.
    pub(crate) async fn of(data: &TestContent, source: &dyn TestData) -> Result<Self, DataError> {
        match data {
            TestContent::Inline(content) => Ok(Self::Bytes(content.clone())),
            TestContent::Object { digest, .. } => Ok(Self::File(Arc::new(source.open(digest).await?))),
        }
    }

    /// As a program's standard input.
    pub(crate) fn stdin(&self) -> Stdin {
        match self {
            Self::Bytes(content) => Stdin::Bytes(content.as_bytes().to_vec()),
            Self::File(file) => Stdin::File(file.clone()),
        }
    }

    /// To be read from the beginning, whoever else reads it.
    pub(crate) fn reader(&self) -> TestBytesReader {
        TestBytesReader { bytes: self.clone(), offset: 0 }
    }

    /// The first bytes, so many if there are.
    pub(crate) fn prefix(&self, most: usize) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.reader().take(most as u64).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// All of them, as a file in a sandbox needs them.
    pub(crate) async fn all(&self) -> io::Result<Vec<u8>> {
        let mut reader = match self {
            Self::Bytes(content) => return Ok(content.as_bytes().to_vec()),
            Self::File(_) => self.reader(),
        };
        let read = move || {
            let mut bytes = Vec::new();
            reader.read_to_end(&mut bytes).map(|_| bytes)
        };
        tokio::task::spawn_blocking(read).await.map_err(io::Error::other)?
    }
}

/// Reads a [`TestBytes`].
pub(crate) struct TestBytesReader {
    bytes: TestBytes,
    offset: u64,
}

impl Read for TestBytesReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = match &self.bytes {
            TestBytes::Bytes(content) => {
                let from = usize::try_from(self.offset).unwrap_or(usize::MAX);
                let rest = content.as_bytes().get(from..).unwrap_or_default();
                let length = rest.len().min(buffer.len());
                buffer[..length].copy_from_slice(&rest[..length]);
                length
            }
            TestBytes::File(file) => file.read_at(buffer, self.offset)?,
        };
        self.offset += read as u64;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[tokio::test]
    async fn bytes_and_files_read_the_same_and_from_the_beginning_each_time() {
        let mut file = tempfile::tempfile().expect("a file");
        file.write_all(b"one two").expect("writes");
        for given in [TestBytes::Bytes("one two".into()), TestBytes::File(Arc::new(file))] {
            assert_eq!(given.prefix(3).expect("reads"), b"one");
            assert_eq!(given.prefix(99).expect("reads"), b"one two");
            assert_eq!(given.all().await.expect("reads"), b"one two");
        }
    }

    #[tokio::test]
    async fn missing_bytes_are_named() {
        let digest = Digest::of(b"one");
        let data = TestContent::Object { digest, size: model::Bytes(3) };
        let error = TestBytes::of(&data, &NoTestData).await.expect_err("nobody has them").to_string();
        assert!(error.contains(&digest.to_string()), "{error}");
    }
}
