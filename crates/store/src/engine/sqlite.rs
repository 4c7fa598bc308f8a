//! SQLite engine: records in a file, with one connection that writes and several that read.
//!
//! The statements of a batch run one after the other: each sees the effects of those before it and has a result
//! of its own.

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
    repeated_statement::{RepeatedStatement, next_batch_size},
    statement::{BindResult, Engine, Parameters, Recovery, Row, StatementResult, WriteStatement},
};
use crate::{error::StoreError, migrations};

/// Number of connections that read; WAL lets them read during writes.
const READERS: u32 = 4;

/// SQLite's transient error codes: the file is locked by another process, the disk is full.
const TRANSIENT_CODES: [&str; 2] = ["5", "13"];

/// The connection that writes.
pub(crate) struct SqliteWriter(SqliteConnection);

/// Opens the file, migrates its tables, and returns the writer and readers.
pub(crate) async fn open(file: &Path) -> Result<(SqliteWriter, SqlitePool), StoreError> {
    let open_error = |source| StoreError::Open { file: file.to_owned(), source };
    let options = SqliteConnectOptions::new()
        .filename(file)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(Duration::from_secs(10))
        .disable_statement_logging();
    let first = SqlitePoolOptions::new().max_connections(1).connect_with(options.clone());
    let first = first.await.map_err(open_error)?;
    migrations::all().run(&first).await.map_err(StoreError::Migrate)?;
    let db = first.acquire().await.map_err(open_error)?.detach();
    let readers = SqlitePoolOptions::new()
        .max_connections(READERS)
        .test_before_acquire(false)
        .connect_with(options.pragma("query_only", "ON"))
        .await
        .map_err(open_error)?;
    Ok((SqliteWriter(db), readers))
}

/// The rows of a query.
pub(crate) async fn rows(
    pool: &SqlitePool,
    statement: &'static str,
    bind: impl Fn(&mut dyn Parameters) -> BindResult,
) -> Result<Vec<Row>, StoreError> {
    let mut parameters = SqliteArguments::default();
    bind(&mut parameters).map_err(|error| StoreError::Read(sqlx::Error::Encode(error)))?;
    match query_with(statement, parameters).fetch_all(pool).await {
        Ok(rows) => Ok(rows.into_iter().map(Row::Sqlite).collect()),
        Err(sqlx::Error::PoolClosed) => Err(StoreError::Closed),
        Err(error) => Err(StoreError::Read(error)),
    }
}

#[async_trait]
impl Engine for SqliteWriter {
    fn queue_timeout(&self) -> Option<Duration> {
        None
    }

    /// Plain statements instead of sqlx's transaction: SQLite rolls back by itself on some errors (a full
    /// disk), which sqlx's count of nested transactions does not notice.
    async fn begin(&mut self) -> Result<(), sqlx::Error> {
        query("BEGIN IMMEDIATE").execute(&mut self.0).await.map(drop)
    }

    fn batch_size(&self, writes: &[&dyn WriteStatement]) -> usize {
        next_batch_size(writes.len())
    }

    async fn execute(&mut self, writes: &[&dyn WriteStatement]) -> Result<Vec<StatementResult>, sqlx::Error> {
        let mut parameters = SqliteArguments::default();
        for write in writes {
            write.bind(&mut parameters).map_err(sqlx::Error::Encode)?;
        }
        let text = repeated_text(writes[0].statement(), writes.len());
        // Safe: only parameter numbers were changed in a constant text.
        let mut steps = self.0.fetch_many(query_with(AssertSqlSafe(text), parameters));
        let (mut results, mut rows) = (Vec::with_capacity(writes.len()), Vec::new());
        while let Some(step) = steps.try_next().await? {
            match step {
                Either::Right(row) => rows.push(Row::Sqlite(row)),
                Either::Left(done) => {
                    results.push(StatementResult {
                        rows: std::mem::take(&mut rows),
                        changed_rows: done.rows_affected() > 0,
                    });
                }
            }
        }
        Ok(results)
    }

    async fn query(
        &mut self,
        statement: &'static str,
        write: &dyn WriteStatement,
    ) -> Result<Vec<Row>, sqlx::Error> {
        let mut parameters = SqliteArguments::default();
        write.bind_follow_up(&mut parameters).map_err(sqlx::Error::Encode)?;
        let rows = query_with(statement, parameters).fetch_all(&mut self.0).await?;
        Ok(rows.into_iter().map(Row::Sqlite).collect())
    }

    async fn commit(&mut self) -> Result<(), sqlx::Error> {
        query("COMMIT").execute(&mut self.0).await.map(drop)
    }

    async fn rollback(&mut self) {
        // Fails if SQLite has rolled back already, which is intended.
        let _ = query("ROLLBACK").execute(&mut self.0).await;
    }

    fn recovery(&self, error: &sqlx::Error) -> Recovery {
        let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
        if code.is_some_and(|code| TRANSIENT_CODES.contains(&code.as_ref())) {
            Recovery::ReportUnavailable
        } else {
            Recovery::SplitBatch
        }
    }

    async fn close(self: Box<Self>) {
        // Everything is committed, so a failure to close loses nothing.
        let _ = self.0.close().await;
    }
}

fn repeated_text(statement: &str, repetitions: usize) -> String {
    let repeated = RepeatedStatement::new(statement);
    let mut text = String::with_capacity((statement.len() + 8) * repetitions);
    for repetition in 0..repetitions {
        repeated.write(repetition, &mut text);
        text.push(';');
    }
    text
}
