//! Records in a file: one connection writes, and some read beside it.
//!
//! The statements of a trip stay what they are alone: each is run in its turn, sees what those before it did, and answers
//! for itself.

use std::{path::Path, time::Duration};

use async_trait::async_trait;
use futures_util::TryStreamExt as _;
use sqlx::{
    AssertSqlSafe, ConnectOptions as _, Connection as _, Either, Executor as _, SqliteConnection, SqlitePool,
    query, query_with,
    sqlite::{
        SqliteArguments, SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous,
    },
};

use super::{
    Bound, Engine, Made, Order, Parameters, Remedy, Row,
    repeat::{Repeated, next_size},
};
use crate::{StoreError, migrations};

/// Readers at one moment; WAL lets them read while the writer writes.
const READERS: u32 = 4;

/// SQLite's codes for what passes: another process has the file, and no room on the disk.
const PASSING: [&str; 2] = ["5", "13"];

/// The connection that writes.
pub(crate) struct Writing(SqliteConnection);

/// Opens the file, brings its tables up to date, and gives what writes and what reads.
pub(crate) async fn open(file: &Path) -> Result<(Writing, SqlitePool), StoreError> {
    let unopened = |source| StoreError::Open { file: file.to_owned(), source };
    let options = SqliteConnectOptions::new()
        .filename(file)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(Duration::from_secs(10))
        .disable_statement_logging();
    let first = SqlitePoolOptions::new().max_connections(1).connect_with(options.clone());
    let first = first.await.map_err(unopened)?;
    migrations::all().run(&first).await.map_err(StoreError::Migrate)?;
    let db = first.acquire().await.map_err(unopened)?.detach();
    let readers = SqlitePoolOptions::new()
        .max_connections(READERS)
        .test_before_acquire(false)
        .connect_with(options.pragma("query_only", "ON"))
        .await
        .map_err(unopened)?;
    Ok((Writing(db), readers))
}

/// The rows that answer a question.
pub(crate) async fn rows(
    pool: &SqlitePool,
    question: &'static str,
    bind: impl Fn(&mut dyn Parameters) -> Bound,
) -> Result<Vec<Row>, StoreError> {
    let mut parameters = SqliteArguments::default();
    bind(&mut parameters).map_err(|error| StoreError::Read(sqlx::Error::Encode(error)))?;
    match query_with(question, parameters).fetch_all(pool).await {
        Ok(rows) => Ok(rows.into_iter().map(Row::Sqlite).collect()),
        Err(sqlx::Error::PoolClosed) => Err(StoreError::Closed),
        Err(error) => Err(StoreError::Read(error)),
    }
}

#[async_trait]
impl Engine for Writing {
    fn patience(&self) -> Option<Duration> {
        None
    }

    /// Plain statements rather than sqlx's transaction, because SQLite rolls back by itself on some errors (a full disk),
    /// which sqlx's count of nested transactions does not notice.
    async fn begin(&mut self) -> Result<(), sqlx::Error> {
        query("BEGIN IMMEDIATE").execute(&mut self.0).await.map(drop)
    }

    fn together(&self, writes: &[&dyn Order]) -> usize {
        next_size(writes.len())
    }

    async fn make(&mut self, writes: &[&dyn Order]) -> Result<Vec<Made>, sqlx::Error> {
        let mut parameters = SqliteArguments::default();
        for write in writes {
            write.bind(&mut parameters).map_err(sqlx::Error::Encode)?;
        }
        let text = repeat(writes[0].statement(), writes.len());
        // Safe: only numbers were changed in a text of ours.
        let mut steps = self.0.fetch_many(query_with(AssertSqlSafe(text), parameters));
        let (mut made, mut rows) = (Vec::with_capacity(writes.len()), Vec::new());
        while let Some(step) = steps.try_next().await? {
            match step {
                Either::Right(row) => rows.push(Row::Sqlite(row)),
                Either::Left(done) => {
                    made.push(Made { rows: std::mem::take(&mut rows), is_change: done.rows_affected() > 0 });
                }
            }
        }
        Ok(made)
    }

    async fn ask(&mut self, question: &'static str, write: &dyn Order) -> Result<Vec<Row>, sqlx::Error> {
        let mut parameters = SqliteArguments::default();
        write.bind_question(&mut parameters).map_err(sqlx::Error::Encode)?;
        let rows = query_with(question, parameters).fetch_all(&mut self.0).await?;
        Ok(rows.into_iter().map(Row::Sqlite).collect())
    }

    async fn commit(&mut self) -> Result<(), sqlx::Error> {
        query("COMMIT").execute(&mut self.0).await.map(drop)
    }

    async fn rollback(&mut self) {
        // Fails when SQLite has rolled back already, which is what we want.
        let _ = query("ROLLBACK").execute(&mut self.0).await;
    }

    fn remedy(&self, error: &sqlx::Error) -> Remedy {
        let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
        if code.is_some_and(|code| PASSING.contains(&code.as_ref())) { Remedy::Later } else { Remedy::Alone }
    }

    async fn close(self: Box<Self>) {
        // Everything is committed, so a failure to close loses nothing.
        let _ = self.0.close().await;
    }
}

fn repeat(statement: &str, times: usize) -> String {
    let repeated = Repeated::new(statement);
    let mut text = String::with_capacity((statement.len() + 8) * times);
    for time in 0..times {
        repeated.write(time, &mut text);
        text.push(';');
    }
    text
}
