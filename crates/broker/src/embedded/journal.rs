//! Journal of the embedded engine: the index in SQLite, one row per ticket, keyed by arrival number.
//!
//! The journal is never searched. It is read once at the start and then written with each change. A row is a
//! JSON document, so one statement writes any number of changes. The version of the documents is the file's
//! `user_version`.

use std::{
    fs::{self, OpenOptions},
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
};

use sqlx::{
    ConnectOptions, Connection, SqliteConnection, query, query_as, query_scalar,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};

use super::{index::Index, row::Row, ticket_entry::TicketEntry};

/// Version of the rows.
const VERSION: i64 = 1;

/// Error of the journal.
#[derive(Debug, thiserror::Error)]
pub(super) enum JournalError {
    #[error("the data folder cannot be made")]
    Folder(#[source] std::io::Error),
    #[error("SQLite failed on queue.db")]
    Sqlite(#[from] sqlx::Error),
    #[error("a ticket has no stored form or cannot be decoded")]
    Row(#[from] serde_json::Error),
    #[error(
        "queue.db is damaged: the ticket at place {place} cannot be true; \
         delete the file and the queue is rebuilt from the records"
    )]
    Damaged { place: i64 },
    #[error(
        "queue.db has version {found} and this coderunner reads version {VERSION}: \
         run a newer one, or delete the file and the queue is rebuilt from the records"
    )]
    Version { found: i64 },
}

/// The open file.
#[derive(Debug)]
pub(super) struct Journal(SqliteConnection);

impl Journal {
    pub(super) async fn open(dir: &Path) -> Result<Self, JournalError> {
        fs::create_dir_all(dir).map_err(JournalError::Folder)?;
        // With the permissions that SQLite sets, other users could read it.
        let file = dir.join("queue.db");
        OpenOptions::new().create(true).append(true).mode(0o600).open(&file).map_err(JournalError::Folder)?;
        let mut db = SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal)
            .disable_statement_logging()
            .connect()
            .await?;
        match query_scalar("PRAGMA user_version").fetch_one(&mut db).await? {
            VERSION => {}
            0 => {
                query("CREATE TABLE IF NOT EXISTS tickets (place INTEGER PRIMARY KEY, ticket TEXT NOT NULL)")
                    .execute(&mut db)
                    .await?;
                query("PRAGMA user_version = 1").execute(&mut db).await?;
            }
            found => return Err(JournalError::Version { found }),
        }
        Ok(Self(db))
    }

    pub(super) async fn load(&mut self) -> Result<Vec<Row>, JournalError> {
        let rows: Vec<(i64, String)> =
            query_as("SELECT place, ticket FROM tickets ORDER BY place").fetch_all(&mut self.0).await?;
        decode_rows(&rows)
    }

    /// Writes the changes of the index. After an error all of them stay marked.
    pub(super) async fn write(&mut self, index: &mut Index) -> Result<(), JournalError> {
        let (entries, deleted) = index.changes();
        if entries.is_empty() && deleted.is_empty() {
            return Ok(());
        }
        let rows = (!entries.is_empty()).then(|| encode(&entries)).transpose()?;
        let deleted = (!deleted.is_empty()).then(|| serde_json::to_string(&deleted)).transpose()?;
        let made = self.commit(rows, deleted).await;
        if made.is_err() {
            // Fails if SQLite has rolled back already, which is intended.
            let _ = query("ROLLBACK").execute(&mut self.0).await;
        }
        made?;
        index.mark_journaled();
        Ok(())
    }

    async fn commit(&mut self, rows: Option<String>, deleted: Option<String>) -> Result<(), JournalError> {
        query("BEGIN IMMEDIATE").execute(&mut self.0).await?;
        if let Some(rows) = rows {
            query(
                "INSERT OR REPLACE INTO tickets (place, ticket)
                 SELECT json_extract(value, '$.place'), value FROM json_each($1)",
            )
            .bind(rows)
            .execute(&mut self.0)
            .await?;
        }
        if let Some(deleted) = deleted {
            query("DELETE FROM tickets WHERE place IN (SELECT value FROM json_each($1))")
                .bind(deleted)
                .execute(&mut self.0)
                .await?;
        }
        query("COMMIT").execute(&mut self.0).await?;
        Ok(())
    }

    pub(super) async fn close(self) {
        // Everything is committed, so a failure to close loses nothing.
        let _ = self.0.close().await;
    }
}

/// Decodes tickets with their arrival numbers. Rejects a row whose counters would overflow or whose number
/// differs from its key.
pub(super) fn decode_rows(rows: &[(i64, String)]) -> Result<Vec<Row>, JournalError> {
    let decode = |(place, row): &(i64, String)| {
        let row: Row = serde_json::from_str(row)?;
        let is_plausible =
            u64::try_from(*place) == Ok(row.arrival) && *place < i64::MAX && row.has_headroom();
        if is_plausible { Ok(row) } else { Err(JournalError::Damaged { place: *place }) }
    };
    rows.iter().map(decode).collect()
}

#[cfg(any(test, feature = "fuzzing"))]
pub(super) fn encode_entry(entry: &TicketEntry) -> Result<String, serde_json::Error> {
    serde_json::to_string(&Row::of(entry))
}

fn encode(entries: &[&TicketEntry]) -> Result<String, serde_json::Error> {
    serde_json::to_string(&entries.iter().map(|entry| Row::of(entry)).collect::<Vec<_>>())
}
