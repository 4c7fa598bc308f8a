//! Shares: programs that anybody with their key may read until they expire.
//!
//! The content is opaque here, and bounded by its writer. A share never changes.

use model::Timestamp;

use crate::{
    engine::{BindResult, Parameters, Row, StatementResult, from_row},
    error::StoreError,
    store::Store,
    writer::Write,
};

/// A shared program as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    /// Its key: random, and all that is needed to read it.
    pub key: String,
    /// Schema version of the content.
    pub schema: u32,
    /// The program, as a document of the service.
    pub content: String,
    /// Time of sharing.
    pub created_at: Timestamp,
    /// Time from which it cannot be read.
    pub expires_at: Timestamp,
}

impl Store {
    /// Stores a share. Its key is new: it is random.
    pub async fn add_share(&self, share: &Share) -> Result<(), StoreError> {
        self.writer.write(AddShare(share.clone())).await
    }

    /// The share with this key, if it has not expired.
    pub async fn share(&self, key: &str, now: Timestamp) -> Result<Option<Share>, StoreError> {
        let statement = "SELECT key, content_schema, content, created_at, expires_at FROM shares
             WHERE key = $1 AND expires_at > $2";
        let bind = |to: &mut dyn Parameters| {
            to.text(key)?;
            to.number(now.as_millis())
        };
        let row = self.readers.row(statement, bind).await?;
        row.map(|row| row.read::<ShareRow>().map(Share::from).map_err(StoreError::Read)).transpose()
    }

    /// Deletes up to `max` shares that have expired, oldest first. Returns their number.
    pub async fn delete_expired_shares(&self, now: Timestamp, max: usize) -> Result<usize, StoreError> {
        self.writer.write(DeleteExpiredShares { now, max }).await
    }
}

struct ShareRow {
    key: String,
    content_schema: i64,
    content: String,
    created_at: i64,
    expires_at: i64,
}

from_row!(ShareRow { key, content_schema, content, created_at, expires_at });

impl From<ShareRow> for Share {
    fn from(row: ShareRow) -> Self {
        Self {
            key: row.key,
            // A number that is none of ours is newer than any.
            schema: u32::try_from(row.content_schema).unwrap_or(u32::MAX),
            content: row.content,
            created_at: Timestamp::from_millis(row.created_at),
            expires_at: Timestamp::from_millis(row.expires_at),
        }
    }
}

struct AddShare(Share);

impl Write for AddShare {
    type Output = ();

    /// A repeated write after a lost reply finds its own row.
    const STATEMENT: &'static str =
        "INSERT INTO shares (key, content_schema, content, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING";

    /// Keys are random, so no two writes conflict.
    fn conflict_key(&self) -> u128 {
        let bytes = self.0.key.bytes();
        bytes.fold(0, |key: u128, byte| key.wrapping_mul(257).wrapping_add(u128::from(byte)))
    }

    fn bind(&self, to: &mut dyn Parameters) -> BindResult {
        to.text(&self.0.key)?;
        to.number(self.0.schema.into())?;
        to.text(&self.0.content)?;
        to.number(self.0.created_at.as_millis())?;
        to.number(self.0.expires_at.as_millis())
    }

    fn on_changed(&self, _: &StatementResult) -> Result<(), sqlx::Error> {
        Ok(())
    }

    fn on_unchanged(&self, _: Option<&Row>) -> Result<(), sqlx::Error> {
        Ok(())
    }
}

struct DeleteExpiredShares {
    now: Timestamp,
    max: usize,
}

impl Write for DeleteExpiredShares {
    type Output = usize;

    const STATEMENT: &'static str = "DELETE FROM shares WHERE key IN (
             SELECT key FROM shares WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)
         RETURNING key";

    /// All conflict with each other.
    fn conflict_key(&self) -> u128 {
        0
    }

    fn bind(&self, to: &mut dyn Parameters) -> BindResult {
        to.number(self.now.as_millis())?;
        to.number(i64::try_from(self.max).unwrap_or(i64::MAX))
    }

    fn on_changed(&self, result: &StatementResult) -> Result<usize, sqlx::Error> {
        Ok(result.rows.len())
    }

    fn on_unchanged(&self, _: Option<&Row>) -> Result<usize, sqlx::Error> {
        Ok(0)
    }
}
