//! PostgreSQL engine: records shared by several processes.
//!
//! A write is decided by its statement alone, under READ COMMITTED: of two statements that change one row, the
//! later waits and then checks the row again as the earlier left it. The fences in the statements therefore
//! hold between processes as within one.

mod connection;
mod reader_pool;
mod settings;
mod writer;

use std::{str::FromStr as _, time::Duration};

use sqlx::{
    ConnectOptions as _,
    postgres::{PgConnectOptions, PgPoolOptions},
};

use crate::{error::StoreError, migrations};
use connection::Connection;

pub(crate) use reader_pool::PostgresReaders;
pub use settings::PostgresSettings;
pub(crate) use writer::PostgresWriter;

/// Connects, migrates the tables, and returns the writers and readers.
pub(crate) async fn connect(
    url: &str,
    settings: PostgresSettings,
) -> Result<(Vec<PostgresWriter>, PostgresReaders), StoreError> {
    let options = PgConnectOptions::from_str(url).map_err(StoreError::Url)?.disable_statement_logging();
    let options = match options.get_application_name() {
        Some(_) => options,
        None => options.application_name("coderunner"),
    };
    migrate(&options, settings.acquire_timeout).await?;
    let connection = Connection::new(with_server_limits(options, settings.statement_timeout), settings);
    let writing = (0..settings.writers.max(1)).map(|_| PostgresWriter::new(connection.clone())).collect();
    Ok((writing, PostgresReaders::new(connection, settings.readers)))
}

/// Migrates without a statement timeout: a migration may take long, and so may waiting for that of another
/// process.
async fn migrate(options: &PgConnectOptions, timeout: Duration) -> Result<(), StoreError> {
    let db = PgPoolOptions::new().max_connections(1).acquire_timeout(timeout);
    let connect_error = |source| StoreError::Connect { address: display_address(options), source };
    let db = db.connect_with(options.clone()).await.map_err(connect_error)?;
    let done = migrations::all().run(&db).await;
    db.close().await;
    done.map_err(StoreError::Migrate)
}

/// Adds limits that the server enforces, also for processes that are dead or frozen.
fn with_server_limits(options: PgConnectOptions, statement_timeout: Duration) -> PgConnectOptions {
    let limit = statement_timeout.as_millis().to_string();
    options.options([
        ("statement_timeout", limit.as_str()),
        ("idle_in_transaction_session_timeout", limit.as_str()),
        // Every statement has an index. A plan that was made for a small table must not scan the whole table
        // once it is large.
        ("enable_seqscan", "off"),
    ])
}

/// The address for messages, without the password.
fn display_address(options: &PgConnectOptions) -> String {
    let database = options.get_database().unwrap_or(options.get_username());
    format!("{}:{}/{database}", options.get_host(), options.get_port())
}
