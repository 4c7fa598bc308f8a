//! What SQLite and PostgreSQL have in common, as far as our statements go: every one is written once, in the dialect that
//! both understand, and says nothing of who executes it.
//!
//! A statement comes as text with its parameters, and goes back as rows. An [`Engine`] is one connection that writes; it
//! knows how to make many writes of one kind in few trips, and which of its errors pass by themselves. What is written,
//! and what an answer means, it does not know.

mod from_row;
pub(crate) mod postgres;
mod repeat;
pub(crate) mod sqlite;

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use sqlx::{
    Arguments, Database, Encode, FromRow, Postgres, Sqlite, SqlitePool, Type,
    error::BoxDynError,
    postgres::{PgArguments, PgRow},
    sqlite::{SqliteArguments, SqliteRow},
};

pub(crate) use self::from_row::from_row;
use crate::StoreError;

/// What binding a parameter comes to.
pub(crate) type Bound = Result<(), BoxDynError>;

/// The parameters of a statement, added in order. These kinds are all there are.
pub(crate) trait Parameters: Send {
    fn text(&mut self, value: &str) -> Bound;
    fn maybe_text(&mut self, value: Option<&str>) -> Bound;
    fn number(&mut self, value: i64) -> Bound;
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

/// What one statement did.
#[derive(Debug, Default)]
pub(crate) struct Made {
    /// The rows that it returned.
    pub(crate) rows: Vec<Row>,
    /// Whether it changed any.
    pub(crate) is_change: bool,
}

impl Made {
    /// The row of a statement that returns one.
    pub(crate) fn row(&self) -> Result<&Row, sqlx::Error> {
        self.rows.first().ok_or(sqlx::Error::RowNotFound)
    }
}

/// A write as an engine sees it.
pub(crate) trait Order: Send + Sync {
    /// The statement, with parameters numbered from `$1`.
    fn statement(&self) -> &'static str;
    fn bind(&self, to: &mut dyn Parameters) -> Bound;
    /// What it is about: of two that are about the same, the later is to see what the earlier did.
    fn about(&self) -> u128;
    /// What to ask when the statement changed nothing, if anything.
    fn question(&self) -> Option<&'static str>;
    fn bind_question(&self, to: &mut dyn Parameters) -> Bound;
}

/// What may help after an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Remedy {
    /// The same again: nothing was written, and what was in the way is gone.
    Again,
    /// Each write alone: one of them may be at fault.
    Alone,
    /// Waiting, which is the asker's decision. Something may have been written.
    Later,
}

/// A connection that writes.
#[async_trait]
pub(crate) trait Engine: Send + 'static {
    /// How long a write may have waited before it is worth beginning.
    fn patience(&self) -> Option<Duration>;

    async fn begin(&mut self) -> Result<(), sqlx::Error>;

    /// How many of these writes of one kind, at least one, make the next trip together.
    fn together(&self, writes: &[&dyn Order]) -> usize;

    /// Makes them, in their order, and says what each did.
    async fn make(&mut self, writes: &[&dyn Order]) -> Result<Vec<Made>, sqlx::Error>;

    /// Asks the question of a write that changed nothing.
    async fn ask(&mut self, question: &'static str, write: &dyn Order) -> Result<Vec<Row>, sqlx::Error>;

    /// Durable when it returns. An error that leaves open whether it was committed has [`Remedy::Later`].
    async fn commit(&mut self) -> Result<(), sqlx::Error>;

    async fn rollback(&mut self);

    fn remedy(&self, error: &sqlx::Error) -> Remedy;

    async fn close(self: Box<Self>);
}

/// The connections that read.
#[derive(Clone)]
pub(crate) enum Readers {
    Sqlite(SqlitePool),
    Postgres(Arc<postgres::Readers>),
}

impl Readers {
    /// The rows that answer a question.
    pub(crate) async fn rows(
        &self,
        question: &'static str,
        bind: impl Fn(&mut dyn Parameters) -> Bound + Sync,
    ) -> Result<Vec<Row>, StoreError> {
        match self {
            Self::Sqlite(pool) => sqlite::rows(pool, question, bind).await,
            Self::Postgres(readers) => readers.rows(question, &bind).await,
        }
    }

    /// The row, if there is one.
    pub(crate) async fn row(
        &self,
        question: &'static str,
        bind: impl Fn(&mut dyn Parameters) -> Bound + Sync,
    ) -> Result<Option<Row>, StoreError> {
        Ok(self.rows(question, bind).await?.into_iter().next())
    }

    pub(crate) async fn close(&self) {
        match self {
            Self::Sqlite(pool) => pool.close().await,
            Self::Postgres(readers) => readers.close(),
        }
    }
}

impl Parameters for SqliteArguments {
    fn text(&mut self, value: &str) -> Bound {
        add::<Sqlite, _>(self, value)
    }

    fn maybe_text(&mut self, value: Option<&str>) -> Bound {
        add::<Sqlite, _>(self, value)
    }

    fn number(&mut self, value: i64) -> Bound {
        add::<Sqlite, _>(self, value)
    }
}

impl Parameters for PgArguments {
    fn text(&mut self, value: &str) -> Bound {
        add::<Postgres, _>(self, value)
    }

    fn maybe_text(&mut self, value: Option<&str>) -> Bound {
        add::<Postgres, _>(self, value)
    }

    fn number(&mut self, value: i64) -> Bound {
        add::<Postgres, _>(self, value)
    }
}

fn add<'t, E: Database, T: Encode<'t, E> + Type<E>>(to: &mut E::Arguments, value: T) -> Bound {
    to.add(value)
}
