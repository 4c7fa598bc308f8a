//! Content-addressed objects: suites of problems, and test data that is too large for a suite.
//!
//! They are written once and never change, so a digest identifies the bytes independently of the problem. Reads
//! verify the digest: wrong bytes end in an error.

use std::io::{self, Read};

use bytes::Bytes;
use futures_util::{StreamExt as _, TryStreamExt as _, stream, stream::BoxStream};
use model::Digest;
use object_store::{ObjectStoreExt as _, buffered::BufWriter};
use sha2::{Digest as _, Sha256};
use tokio::{io::AsyncWriteExt as _, sync::mpsc};

use super::{Objects, error::ObjectsError, keys::ContentKey};

/// Size of a piece; two pieces of a source are in memory at a time.
const PIECE: usize = 1024 * 1024;

/// A content-addressed object being read.
pub struct ContentObject {
    /// Its size.
    pub size: model::Bytes,
    /// Its bytes as a stream, which ends with an error if they do not match the digest.
    pub pieces: BoxStream<'static, Result<Bytes, ObjectsError>>,
}

impl Objects {
    /// The size of an object, if it exists.
    pub async fn content_size(&self, key: ContentKey) -> Result<Option<model::Bytes>, ObjectsError> {
        match self.store.head(&key.path()).await {
            Ok(meta) => Ok(Some(model::Bytes(meta.size))),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(source) => Err(ObjectsError::Content { key, source }),
        }
    }

    /// Writes an object, whole or not at all; durable on return. Fails if the source does not match the key's
    /// digest.
    pub async fn put_content(
        &self,
        key: ContentKey,
        source: Box<dyn Read + Send>,
    ) -> Result<(), ObjectsError> {
        let mut pieces = read_in_background(source);
        let mut writer = BufWriter::new(self.store.clone(), key.path());
        let mut hash = Sha256::new();
        while let Some(piece) = pieces.recv().await {
            let piece = match piece {
                Ok(piece) => piece,
                Err(source) => return Err(abort_upload(writer, ObjectsError::Source { key, source }).await),
            };
            hash.update(&piece);
            if let Err(source) = writer.write_all(&piece).await {
                return Err(abort_upload(writer, ObjectsError::PutContent { key, source }).await);
            }
        }
        if Digest::from_sha256(hash.finalize().into()) != key.digest() {
            return Err(abort_upload(writer, ObjectsError::DigestMismatch(key)).await);
        }
        writer.shutdown().await.map_err(|source| ObjectsError::PutContent { key, source })
    }

    /// The object, if it exists.
    pub async fn get_content(&self, key: ContentKey) -> Result<Option<ContentObject>, ObjectsError> {
        let failed = move |source| ObjectsError::Content { key, source };
        match self.store.get(&key.path()).await {
            Ok(found) => {
                let size = model::Bytes(found.meta.size);
                let pieces = verify_digest(key, found.into_stream().map_err(failed).boxed());
                Ok(Some(ContentObject { size, pieces }))
            }
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(failed(error)),
        }
    }
}

/// Aborts an upload; leftover parts do not change the error.
async fn abort_upload(mut writer: BufWriter, error: ObjectsError) -> ObjectsError {
    let _parts_stay = writer.abort().await;
    error
}

/// Reads on a thread where blocking is allowed.
fn read_in_background(mut source: Box<dyn Read + Send>) -> mpsc::Receiver<io::Result<Bytes>> {
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
            // The receiver is gone: the write has failed.
            if last || sent.is_err() {
                return;
            }
        }
    });
    pieces
}

/// The same stream, which ends with an error if the bytes do not match the key's digest.
fn verify_digest(
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
            None => Err(ObjectsError::DigestMismatch(key)),
        }
    });
    hashed.boxed()
}
