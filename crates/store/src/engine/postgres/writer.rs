//! PostgreSQL writer: a connection that writes, many writes per statement.
//!
//! The statements of a batch are parts of one `WITH`, and all see the state before the batch. Writes with the
//! same conflict key are therefore never in one batch; for others there is no difference. Writes are sorted by
//! conflict key, so that processes that write the same rows mostly lock them in the same order and rarely
//! deadlock.

use std::time::Duration;

use async_trait::async_trait;
use sqlx::{AssertSqlSafe, SqlSafeStr as _, SqlStr, postgres::PgArguments};

use super::connection::{self, Connection};
use crate::engine::{
    from_row::from_row,
    repeated_statement::{RepeatedStatement, next_batch_size},
    statement::{Engine, Recovery, Row, StatementResult, WriteStatement},
};

/// Column with the index of a row's repetition.
const INDEX_COLUMN: &str = "repetition";

pub(crate) struct PostgresWriter {
    connection: Connection,
}

impl PostgresWriter {
    pub(super) fn new(connection: Connection) -> Self {
        Self { connection }
    }
}

#[async_trait]
impl Engine for PostgresWriter {
    fn queue_timeout(&self) -> Option<Duration> {
        Some(self.connection.settings().acquire_timeout)
    }

    async fn begin(&mut self) -> Result<(), sqlx::Error> {
        self.connection.ensure_connected().await?;
        self.connection.execute("BEGIN").await
    }

    fn batch_size(&self, writes: &[&dyn WriteStatement]) -> usize {
        let apart = writes.windows(2).position(|pair| pair[0].conflict_key() == pair[1].conflict_key());
        next_batch_size(apart.map_or(writes.len(), |last| last + 1))
    }

    async fn execute(&mut self, writes: &[&dyn WriteStatement]) -> Result<Vec<StatementResult>, sqlx::Error> {
        let mut parameters = PgArguments::default();
        for write in writes {
            write.bind(&mut parameters).map_err(sqlx::Error::Encode)?;
        }
        let rows =
            self.connection.rows(repeated_text(writes[0].statement(), writes.len()), parameters).await?;
        let mut results: Vec<StatementResult> = writes.iter().map(|_| StatementResult::default()).collect();
        for row in rows {
            let row = Row::Postgres(row);
            let index = row.read::<RepetitionRow>()?.repetition;
            let results = usize::try_from(index).ok().and_then(|index| results.get_mut(index));
            let results = results.ok_or_else(|| sqlx::Error::Protocol(format!("a row of write {index}")))?;
            results.changed_rows = true;
            results.rows.push(row);
        }
        Ok(results)
    }

    async fn query(
        &mut self,
        statement: &'static str,
        write: &dyn WriteStatement,
    ) -> Result<Vec<Row>, sqlx::Error> {
        let mut parameters = PgArguments::default();
        write.bind_follow_up(&mut parameters).map_err(sqlx::Error::Encode)?;
        let rows = self.connection.rows(SqlStr::from_static(statement), parameters).await?;
        Ok(rows.into_iter().map(Row::Postgres).collect())
    }

    async fn commit(&mut self) -> Result<(), sqlx::Error> {
        self.connection.execute("COMMIT").await.map_err(connection::mark_in_doubt)
    }

    async fn rollback(&mut self) {
        // If this fails, the connection is broken and the transaction is gone with it.
        let _ = self.connection.execute("ROLLBACK").await;
    }

    fn recovery(&self, error: &sqlx::Error) -> Recovery {
        connection::recovery(error)
    }

    async fn close(self: Box<Self>) {
        self.connection.close().await;
    }
}

struct RepetitionRow {
    repetition: i32,
}

from_row!(RepetitionRow { repetition });

/// The repeated statement, with the rows of all repetitions as its result. A statement without RETURNING
/// returns one row for each changed row.
fn repeated_text(statement: &'static str, repetitions: usize) -> SqlStr {
    let repeated = RepeatedStatement::new(statement);
    let returning = if statement.contains("RETURNING") { "" } else { " RETURNING 1" };
    let part = |repetition: usize| {
        let mut part = format!("w{repetition} AS (");
        repeated.write(repetition, &mut part);
        part + returning + ")"
    };
    let rows = |repetition: usize| {
        format!("SELECT w{repetition}.*, {repetition} AS {INDEX_COLUMN} FROM w{repetition}")
    };
    let parts: Vec<String> = (0..repetitions).map(part).collect();
    let rows: Vec<String> = (0..repetitions).map(rows).collect();
    let text = format!("WITH {} {}", parts.join(", "), rows.join(" UNION ALL "));
    // Safe: assembled from constant texts and numbers.
    AssertSqlSafe(text).into_sql_str()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeated_statements_are_one_query_with_indexed_rows() {
        let text = repeated_text("UPDATE t SET a = $2 WHERE b = $1", 2);
        assert_eq!(
            text.as_str(),
            "WITH w0 AS (UPDATE t SET a = $2 WHERE b = $1 RETURNING 1), \
             w1 AS (UPDATE t SET a = $4 WHERE b = $3 RETURNING 1) \
             SELECT w0.*, 0 AS repetition FROM w0 UNION ALL SELECT w1.*, 1 AS repetition FROM w1"
        );
    }
}
