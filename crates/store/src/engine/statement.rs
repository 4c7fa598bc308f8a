//! Statements: parameters, rows, results, and the interface of a connection that writes.

use std::time::Duration;

use async_trait::async_trait;
use sqlx::{
    Arguments, Database, Encode, FromRow, Postgres, Sqlite, Type,
    error::BoxDynError,
    postgres::{PgArguments, PgRow},
    sqlite::{SqliteArguments, SqliteRow},
};

/// Result of binding a parameter.
pub(crate) type BindResult = Result<(), BoxDynError>;

/// Parameters of a statement, added in order. Only these types occur.
pub(crate) trait Parameters: Send {
    fn text(&mut self, value: &str) -> BindResult;
    fn maybe_text(&mut self, value: Option<&str>) -> BindResult;
    fn number(&mut self, value: i64) -> BindResult;
}

/// A row of a result.
#[derive(Debug)]
pub(crate) enum Row {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

impl Row {
    pub(crate) fn read<T>(&self) -> Result<T, sqlx::Error>
    where
        T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow>,
    {
        match self {
            Self::Sqlite(row) => T::from_row(row),
            Self::Postgres(row) => T::from_row(row),
        }
    }

    /// The text in the only column.
    pub(crate) fn text(&self) -> Result<String, sqlx::Error> {
        self.read::<(String,)>().map(|(text,)| text)
    }
}

/// Result of a statement.
#[derive(Debug, Default)]
pub(crate) struct StatementResult {
    /// The returned rows.
    pub(crate) rows: Vec<Row>,
    /// Whether it changed rows.
    pub(crate) changed_rows: bool,
}

impl StatementResult {
    /// The row of a statement that returns one.
    pub(crate) fn row(&self) -> Result<&Row, sqlx::Error> {
        self.rows.first().ok_or(sqlx::Error::RowNotFound)
    }
}

/// A write as an engine sees it.
pub(crate) trait WriteStatement: Send + Sync {
    /// The statement, with parameters numbered from `$1`.
    fn statement(&self) -> &'static str;
    fn bind(&self, to: &mut dyn Parameters) -> BindResult;
    /// Of two writes with the same key, the later must see the effect of the earlier.
    fn conflict_key(&self) -> u128;
    /// Query if the statement changed nothing, if any.
    fn follow_up(&self) -> Option<&'static str>;
    fn bind_follow_up(&self, to: &mut dyn Parameters) -> BindResult;
}

/// Recovery from an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Recovery {
    /// Retry the transaction: nothing was written, and the cause is gone.
    RetryNow,
    /// Retry each write alone: one of them may be at fault.
    SplitBatch,
    /// Report it as unavailable; the caller decides about a retry. The transaction may have been committed.
    ReportUnavailable,
}

/// A connection that writes.
#[async_trait]
pub(crate) trait Engine: Send + 'static {
    /// Maximum time that a write may wait in the queue.
    fn queue_timeout(&self) -> Option<Duration>;

    async fn begin(&mut self) -> Result<(), sqlx::Error>;

    /// Number of these writes of one kind, at least one, in the next batch.
    fn batch_size(&self, writes: &[&dyn WriteStatement]) -> usize;

    /// Executes them in order and returns their results.
    async fn execute(&mut self, writes: &[&dyn WriteStatement]) -> Result<Vec<StatementResult>, sqlx::Error>;

    /// Runs the follow-up query of a write that changed nothing.
    async fn query(
        &mut self,
        statement: &'static str,
        write: &dyn WriteStatement,
    ) -> Result<Vec<Row>, sqlx::Error>;

    /// Durable on return. An error after which the commit is in doubt has [`Recovery::ReportUnavailable`].
    async fn commit(&mut self) -> Result<(), sqlx::Error>;

    async fn rollback(&mut self);

    fn recovery(&self, error: &sqlx::Error) -> Recovery;

    async fn close(self: Box<Self>);
}

impl Parameters for SqliteArguments {
    fn text(&mut self, value: &str) -> BindResult {
        add::<Sqlite, _>(self, value)
    }

    fn maybe_text(&mut self, value: Option<&str>) -> BindResult {
        add::<Sqlite, _>(self, value)
    }

    fn number(&mut self, value: i64) -> BindResult {
        add::<Sqlite, _>(self, value)
    }
}

impl Parameters for PgArguments {
    fn text(&mut self, value: &str) -> BindResult {
        add::<Postgres, _>(self, value)
    }

    fn maybe_text(&mut self, value: Option<&str>) -> BindResult {
        add::<Postgres, _>(self, value)
    }

    fn number(&mut self, value: i64) -> BindResult {
        add::<Postgres, _>(self, value)
    }
}

fn add<'t, E: Database, T: Encode<'t, E> + Type<E>>(to: &mut E::Arguments, value: T) -> BindResult {
    to.add(value)
}
