//! Objects that are named by what is in them: the suites of problems, and the data of tests that are too large to be in a suite.
//!
//! They are written once and never change, so whoever has a digest has the bytes, whatever became of the problem since. What is
//! read is hashed on the way: bytes that are not what they are named after end in an error, and are used for nothing.

use std::{
    fmt,
    io::{self, Read},
};

use bytes::Bytes;
use futures_util::{StreamExt as _, TryStreamExt as _, stream, stream::BoxStream};
use model::Digest;
use object_store::{ObjectStoreExt as _, buffered::BufWriter, path::Path as Place};
use sha2::{Digest as _, Sha256};
use tokio::{io::AsyncWriteExt as _, sync::mpsc};

use crate::{Objects, ObjectsError};

/// How much of a source is in memory at a time, twice.
const PIECE: usize = 1024 * 1024;

/// Which object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ContentKey {
    /// A suite, by the digest of its stored form.
    Suite(Digest),
    /// The data of a test.
    TestData(Digest),
}

impl ContentKey {
    const fn digest(self) -> Digest {
        match self {
            Self::Suite(digest) | Self::TestData(digest) => digest,
        }
    }

    /// Where suites are, within the store.
    pub(crate) const SUITES: &str = "suites";
    /// Where large data of tests is.
    pub(crate) const TESTS: &str = "tests";

    fn path(self) -> Place {
        let folder = match self {
            Self::Suite(_) => Self::SUITES,
            Self::TestData(_) => Self::TESTS,
        };
        Place::from_iter([folder.to_owned(), self.digest().to_string()])
    }
}

/// Without the digest: whoever guesses a hidden test could try the guess on it.
impl fmt::Display for ContentKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Suite(_) => "the tests of a problem",
            Self::TestData(_) => "the data of a test",
        })
    }
}

/// An object that is being read.
pub struct Contents {
    /// Its size.
    pub size: model::Bytes,
    /// Its bytes, piece by piece; an error in place of the end if they are not what they should be.
    pub pieces: BoxStream<'static, Result<Bytes, ObjectsError>>,
}

impl Objects {
    /// The size of an object, if there is one.
    pub async fn size_of_content(&self, key: ContentKey) -> Result<Option<model::Bytes>, ObjectsError> {
        match self.store.head(&key.path()).await {
            Ok(meta) => Ok(Some(model::Bytes(meta.size))),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(source) => Err(ObjectsError::Content { key, source }),
        }
    }

    /// Writes an object, whole or not at all; it survives a power loss when this returns. What the source gives must be what
    /// the key says.
    pub async fn keep_content(
        &self,
        key: ContentKey,
        source: Box<dyn Read + Send>,
    ) -> Result<(), ObjectsError> {
        let mut pieces = read_apart(source);
        let mut writer = BufWriter::new(self.store.clone(), key.path());
        let mut hash = Sha256::new();
        while let Some(piece) = pieces.recv().await {
            let piece = match piece {
                Ok(piece) => piece,
                Err(source) => return Err(given_up(writer, ObjectsError::Source { key, source }).await),
            };
            hash.update(&piece);
            if let Err(source) = writer.write_all(&piece).await {
                return Err(given_up(writer, ObjectsError::Keep { key, source }).await);
            }
        }
        if Digest::from_sha256(hash.finalize().into()) != key.digest() {
            return Err(given_up(writer, ObjectsError::NotWhatItsNamed(key)).await);
        }
        writer.shutdown().await.map_err(|source| ObjectsError::Keep { key, source })
    }

    /// The object, if there is one.
    pub async fn content(&self, key: ContentKey) -> Result<Option<Contents>, ObjectsError> {
        let failed = move |source| ObjectsError::Content { key, source };
        match self.store.get(&key.path()).await {
            Ok(found) => {
                let size = model::Bytes(found.meta.size);
                let pieces = checked(key, found.into_stream().map_err(failed).boxed());
                Ok(Some(Contents { size, pieces }))
            }
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(failed(error)),
        }
    }
}

/// Nothing of what was written stays; whether parts of it do does not change what went wrong.
async fn given_up(mut writer: BufWriter, why: ObjectsError) -> ObjectsError {
    let _parts_stay = writer.abort().await;
    why
}

/// Reads where blocking is allowed.
fn read_apart(mut source: Box<dyn Read + Send>) -> mpsc::Receiver<io::Result<Bytes>> {
    let (sender, pieces) = mpsc::channel(1);
    tokio::task::spawn_blocking(move || {
        loop {
            let mut piece = Vec::with_capacity(PIECE);
            let read = source.by_ref().take(PIECE as u64).read_to_end(&mut piece);
            let last = !matches!(read, Ok(read) if read > 0);
            let sent = match read {
                Ok(0) => return,
                read => sender.blocking_send(read.map(|_| piece.into())),
            };
            // Nobody listens any more: the write has failed.
            if last || sent.is_err() {
                return;
            }
        }
    });
    pieces
}

/// The same pieces, with an error for the end if they are not what the key says.
fn checked(
    key: ContentKey,
    pieces: BoxStream<'static, Result<Bytes, ObjectsError>>,
) -> BoxStream<'static, Result<Bytes, ObjectsError>> {
    let hashed = stream::try_unfold((pieces, Sha256::new()), move |(mut pieces, mut hash)| async move {
        match pieces.try_next().await? {
            Some(piece) => {
                hash.update(&piece);
                Ok(Some((piece, (pieces, hash))))
            }
            None if Digest::from_sha256(hash.finalize().into()) == key.digest() => Ok(None),
            None => Err(ObjectsError::NotWhatItsNamed(key)),
        }
    });
    hashed.boxed()
}
