//! A connection that is made when it is needed, and made again when it broke.
//!
//! Nothing waits for longer than its settings say, whatever the network does: a connection that does not answer is dropped
//! together with what it was doing, and the server ends that by its own limits.

use std::{io, sync::Arc, time::Duration};

use sqlx::{
    Connection as _,
    error::DatabaseError,
    postgres::{PgArguments, PgConnectOptions, PgConnection, PgRow},
    query_with, raw_sql,
};
use tokio::time::{error::Elapsed, timeout};

use super::PostgresSettings;
use crate::engine::Remedy;

/// How much longer than the server's own limit we wait for an answer.
const GRACE: Duration = Duration::from_secs(1);

/// Classes of codes that say nothing of the statement: trouble with the connection, who may connect, a transaction that was
/// broken off, resources, an operator who intervened, the system.
const PASSING: [&str; 5] = ["08", "28", "53", "57", "58"];
/// The server takes no writes (any more): another one does, or will.
const READ_ONLY: &str = "25006";
/// The server broke a transaction off in favour of another.
const BROKEN_OFF: [&str; 2] = ["40001", "40P01"];
/// A statement took too long.
const TOO_LONG: &str = "57014";

/// A connection, perhaps not made yet. A clone is another one to the same place.
pub(crate) struct Link {
    options: Arc<PgConnectOptions>,
    settings: PostgresSettings,
    db: Option<PgConnection>,
}

impl Link {
    pub(super) fn new(options: PgConnectOptions, settings: PostgresSettings) -> Self {
        Self { options: Arc::new(options), settings, db: None }
    }

    pub(super) const fn settings(&self) -> &PostgresSettings {
        &self.settings
    }

    /// Connects, unless it is connected.
    pub(super) async fn ready(&mut self) -> Result<(), sqlx::Error> {
        if self.db.is_none() {
            let connecting = timeout(self.settings.acquire, PgConnection::connect_with(&self.options)).await;
            self.db = Some(connecting.unwrap_or_else(|_| Err(timed_out()))?);
        }
        Ok(())
    }

    /// Begins or ends a transaction.
    pub(super) async fn command(&mut self, text: &'static str) -> Result<(), sqlx::Error> {
        let patience = self.settings.statement + GRACE;
        let done = timeout(patience, raw_sql(text).execute(self.connected()?)).await;
        self.look_at(done).map(drop)
    }

    /// The rows that a statement of ours returns.
    pub(super) async fn rows(
        &mut self,
        statement: sqlx::SqlStr,
        parameters: PgArguments,
    ) -> Result<Vec<PgRow>, sqlx::Error> {
        let patience = self.settings.statement + GRACE;
        let done = timeout(patience, query_with(statement, parameters).fetch_all(self.connected()?)).await;
        self.look_at(done)
    }

    pub(super) async fn close(self) {
        if let Some(db) = self.db {
            // The server notices in any case.
            let _ = timeout(GRACE, db.close()).await;
        }
    }

    fn connected(&mut self) -> Result<&mut PgConnection, sqlx::Error> {
        self.db.as_mut().ok_or_else(|| sqlx::Error::Io(io::ErrorKind::NotConnected.into()))
    }

    /// A connection that broke, or whose answer may come yet, is not used again.
    fn look_at<T>(&mut self, done: Result<Result<T, sqlx::Error>, Elapsed>) -> Result<T, sqlx::Error> {
        let done = done.unwrap_or_else(|_| Err(timed_out()));
        if done.as_ref().is_err_and(|error| remedy(error) == Remedy::Later || is_broken(error)) {
            self.db = None;
        }
        done
    }
}

impl Clone for Link {
    fn clone(&self) -> Self {
        Self { options: self.options.clone(), settings: self.settings, db: None }
    }
}

/// What may help after this error, as long as nothing was committed.
pub(super) fn remedy(error: &sqlx::Error) -> Remedy {
    match error {
        sqlx::Error::Database(error) => of_the_server(error.as_ref()),
        error if is_broken(error) => Remedy::Again,
        sqlx::Error::Io(_) | sqlx::Error::Tls(_) => Remedy::Later,
        _ => Remedy::Alone,
    }
}

fn of_the_server(error: &dyn DatabaseError) -> Remedy {
    let code = error.code().unwrap_or_default();
    if BROKEN_OFF.contains(&code.as_ref()) {
        return Remedy::Again;
    }
    let is_over = is_ended(&code);
    let is_passing = PASSING.iter().any(|class| code.starts_with(class)) || code == READ_ONLY;
    match () {
        () if is_over => Remedy::Again,
        () if is_passing => Remedy::Later,
        () => Remedy::Alone,
    }
}

/// An operator, or the server's end, has ended the connection.
fn is_ended(code: &str) -> bool {
    code.starts_with("57P") && code != TOO_LONG
}

/// Whether the connection is gone, for a reason that need not hold for the next.
fn is_broken(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(error) => error.kind() != io::ErrorKind::TimedOut,
        sqlx::Error::Protocol(_) | sqlx::Error::WorkerCrashed => true,
        sqlx::Error::Database(error) => error.code().is_some_and(|code| is_ended(&code)),
        _ => false,
    }
}

/// The same error of a commit: if the connection broke, nobody here knows whether it was done.
pub(super) fn in_doubt(error: sqlx::Error) -> sqlx::Error {
    if is_broken(&error) { sqlx::Error::Io(io::Error::new(io::ErrorKind::TimedOut, error)) } else { error }
}

/// The error for what took longer than it may.
pub(super) fn timed_out() -> sqlx::Error {
    sqlx::Error::Io(io::ErrorKind::TimedOut.into())
}
