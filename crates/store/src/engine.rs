//! Engines: SQLite and PostgreSQL behind one interface, with SQL in the dialect that both understand.
//!
//! A statement is text with parameters and returns rows. An [`Engine`] is one connection that writes; it
//! executes many writes of one kind in few round trips, and classifies its errors. It does not know the meaning
//! of statements and results.

mod from_row;
pub(crate) mod postgres;
mod repeated_statement;
pub(crate) mod sqlite;
mod statement;

use std::sync::Arc;

use sqlx::SqlitePool;

pub(crate) use self::{
    from_row::from_row,
    statement::{BindResult, Engine, Parameters, Recovery, Row, StatementResult, WriteStatement},
};
use crate::error::StoreError;

/// The connections that read.
#[derive(Clone)]
pub(crate) enum ReaderPool {
    Sqlite(SqlitePool),
    Postgres(Arc<postgres::PostgresReaders>),
}

impl ReaderPool {
    /// The rows of a query.
    pub(crate) async fn rows(
        &self,
        statement: &'static str,
        bind: impl Fn(&mut dyn Parameters) -> BindResult + Sync,
    ) -> Result<Vec<Row>, StoreError> {
        match self {
            Self::Sqlite(pool) => sqlite::rows(pool, statement, bind).await,
            Self::Postgres(readers) => readers.rows(statement, &bind).await,
        }
    }

    /// The first row of a query.
    pub(crate) async fn row(
        &self,
        statement: &'static str,
        bind: impl Fn(&mut dyn Parameters) -> BindResult + Sync,
    ) -> Result<Option<Row>, StoreError> {
        Ok(self.rows(statement, bind).await?.into_iter().next())
    }

    pub(crate) async fn close(&self) {
        match self {
            Self::Sqlite(pool) => pool.close().await,
            Self::Postgres(readers) => readers.close(),
        }
    }
}
