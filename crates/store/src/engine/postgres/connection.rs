//! Lazy connection to PostgreSQL: opened on demand, and again after a failure.
//!
//! No operation waits longer than the settings allow, whatever the network does. A connection without a reply
//! in time is dropped together with its statement, which the server ends by its own limits.

use std::{io, sync::Arc, time::Duration};

use sqlx::{
    Connection as _,
    error::DatabaseError,
    postgres::{PgArguments, PgConnectOptions, PgConnection, PgRow},
    query_with, raw_sql,
};
use tokio::time::{error::Elapsed, timeout};

use super::settings::PostgresSettings;
use crate::engine::statement::Recovery;

/// Additional waiting time after the server's own limit.
const GRACE: Duration = Duration::from_secs(1);

/// Classes of errors that are independent of the statement: connection, authorization, aborted transaction,
/// resources, operator intervention, system.
const TRANSIENT_CODES: [&str; 5] = ["08", "28", "53", "57", "58"];
/// The server does not accept writes (any more); another one does, or will.
const READ_ONLY_CODE: &str = "25006";
/// The server aborted the transaction in favour of another one.
const ABORTED_CODES: [&str; 2] = ["40001", "40P01"];
/// The statement timeout.
const QUERY_CANCELED: &str = "57014";

/// A connection that may not be open yet. A clone is a separate connection to the same server.
pub(crate) struct Connection {
    options: Arc<PgConnectOptions>,
    settings: PostgresSettings,
    db: Option<PgConnection>,
}

impl Connection {
    pub(super) fn new(options: PgConnectOptions, settings: PostgresSettings) -> Self {
        Self { options: Arc::new(options), settings, db: None }
    }

    pub(super) const fn settings(&self) -> &PostgresSettings {
        &self.settings
    }

    /// Connects if necessary.
    pub(super) async fn ensure_connected(&mut self) -> Result<(), sqlx::Error> {
        if self.db.is_none() {
            let connecting =
                timeout(self.settings.acquire_timeout, PgConnection::connect_with(&self.options)).await;
            self.db = Some(connecting.unwrap_or_else(|_| Err(timeout_error()))?);
        }
        Ok(())
    }

    /// Begins or ends a transaction.
    pub(super) async fn execute(&mut self, text: &'static str) -> Result<(), sqlx::Error> {
        let limit = self.settings.statement_timeout + GRACE;
        let done = timeout(limit, raw_sql(text).execute(self.open_connection()?)).await;
        self.check_result(done).map(drop)
    }

    /// The rows of a statement.
    pub(super) async fn rows(
        &mut self,
        statement: sqlx::SqlStr,
        parameters: PgArguments,
    ) -> Result<Vec<PgRow>, sqlx::Error> {
        let limit = self.settings.statement_timeout + GRACE;
        let done = timeout(limit, query_with(statement, parameters).fetch_all(self.open_connection()?)).await;
        self.check_result(done)
    }

    pub(super) async fn close(self) {
        if let Some(db) = self.db {
            // The server notices in any case.
            let _ = timeout(GRACE, db.close()).await;
        }
    }

    fn open_connection(&mut self) -> Result<&mut PgConnection, sqlx::Error> {
        self.db.as_mut().ok_or_else(|| sqlx::Error::Io(io::ErrorKind::NotConnected.into()))
    }

    /// Drops a connection that is broken or may still receive the reply.
    fn check_result<T>(&mut self, done: Result<Result<T, sqlx::Error>, Elapsed>) -> Result<T, sqlx::Error> {
        let done = done.unwrap_or_else(|_| Err(timeout_error()));
        if done
            .as_ref()
            .is_err_and(|error| recovery(error) == Recovery::ReportUnavailable || is_broken(error))
        {
            self.db = None;
        }
        done
    }
}

impl Clone for Connection {
    fn clone(&self) -> Self {
        Self { options: self.options.clone(), settings: self.settings, db: None }
    }
}

/// Recovery from this error before a commit.
pub(super) fn recovery(error: &sqlx::Error) -> Recovery {
    match error {
        sqlx::Error::Database(error) => server_recovery(error.as_ref()),
        error if is_broken(error) => Recovery::RetryNow,
        sqlx::Error::Io(_) | sqlx::Error::Tls(_) => Recovery::ReportUnavailable,
        _ => Recovery::SplitBatch,
    }
}

fn server_recovery(error: &dyn DatabaseError) -> Recovery {
    let code = error.code().unwrap_or_default();
    if ABORTED_CODES.contains(&code.as_ref()) {
        return Recovery::RetryNow;
    }
    let is_ended = is_ended(&code);
    let is_transient = TRANSIENT_CODES.iter().any(|class| code.starts_with(class)) || code == READ_ONLY_CODE;
    match () {
        () if is_ended => Recovery::RetryNow,
        () if is_transient => Recovery::ReportUnavailable,
        () => Recovery::SplitBatch,
    }
}

/// Whether an operator or a shutdown of the server has ended the connection.
fn is_ended(code: &str) -> bool {
    code.starts_with("57P") && code != QUERY_CANCELED
}

/// Whether the connection is gone, for a reason that need not hold for the next one.
fn is_broken(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(error) => error.kind() != io::ErrorKind::TimedOut,
        sqlx::Error::Protocol(_) | sqlx::Error::WorkerCrashed => true,
        sqlx::Error::Database(error) => error.code().is_some_and(|code| is_ended(&code)),
        _ => false,
    }
}

/// Error of a commit: after a broken connection it is in doubt.
pub(super) fn mark_in_doubt(error: sqlx::Error) -> sqlx::Error {
    if is_broken(&error) { sqlx::Error::Io(io::Error::new(io::ErrorKind::TimedOut, error)) } else { error }
}

/// Error of a timeout.
pub(super) fn timeout_error() -> sqlx::Error {
    sqlx::Error::Io(io::ErrorKind::TimedOut.into())
}
