//! Generated files: content that is inline in settings or produced by a generator.

use std::{
    fs,
    io::{self, Cursor, Read},
    os::unix::fs::FileExt as _,
    sync::Arc,
};

/// The content of a generated file.
#[derive(Debug, Clone)]
pub enum GeneratedContent {
    /// In memory.
    Bytes(Arc<[u8]>),
    /// In an unlinked temporary file of this length.
    File(Arc<fs::File>, u64),
}

impl GeneratedContent {
    /// Length in bytes.
    pub fn len(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::File(_, length) => *length,
        }
    }

    /// Whether it is empty.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(super) fn open(&self) -> Box<dyn Read + Send> {
        match self {
            Self::Bytes(bytes) => Box::new(Cursor::new(bytes.clone())),
            Self::File(file, length) => {
                Box::new(PositionedReader { file: file.clone(), at: 0, left: *length })
            }
        }
    }
}

/// Positioned reader, independent of others of the same file.
struct PositionedReader {
    file: Arc<fs::File>,
    at: u64,
    left: u64,
}

impl Read for PositionedReader {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(into.len());
        let read = self.file.read_at(&mut into[..most], self.at)?;
        self.at += read as u64;
        self.left -= read as u64;
        Ok(read)
    }
}
