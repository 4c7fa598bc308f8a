//! Records in PostgreSQL, which several processes share.
//!
//! Whoever writes decides by the statement alone, which PostgreSQL executes under READ COMMITTED: of two that change one
//! row, the later waits, and looks at the row again as the earlier left it. So the fences in the statements hold between
//! processes as they do within one.

mod link;
mod readers;
mod writing;

use std::{str::FromStr as _, time::Duration};

use sqlx::{
    ConnectOptions as _,
    postgres::{PgConnectOptions, PgPoolOptions},
};

use crate::{StoreError, migrations};
use link::Link;

pub(crate) use readers::Readers;
pub(crate) use writing::Writing;

/// How the records in PostgreSQL are reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PostgresSettings {
    /// Connections of this process that write. Each commits many writes at a time, so a second one is there to write while
    /// the first waits for the disk.
    pub writers: u32,
    /// Connections of this process that read.
    pub readers: u32,
    /// How long a request waits for a connection, or for one to be made, before it is told to come back later.
    pub acquire: Duration,
    /// How long a statement may take, and a transaction may be left open by a process that was frozen.
    pub statement: Duration,
}

impl Default for PostgresSettings {
    fn default() -> Self {
        Self { writers: 2, readers: 6, acquire: Duration::from_secs(5), statement: Duration::from_secs(10) }
    }
}

/// Connects, brings the tables up to date, and gives what writes and what reads.
pub(crate) async fn connect(
    url: &str,
    settings: PostgresSettings,
) -> Result<(Vec<Writing>, Readers), StoreError> {
    let options = PgConnectOptions::from_str(url).map_err(StoreError::Url)?.disable_statement_logging();
    let options = match options.get_application_name() {
        Some(_) => options,
        None => options.application_name("coderunner"),
    };
    migrate(&options, settings.acquire).await?;
    let link = Link::new(bounded(options, settings.statement), settings);
    let writing = (0..settings.writers.max(1)).map(|_| Writing::new(link.clone())).collect();
    Ok((writing, Readers::new(link, settings.readers)))
}

/// Without a limit on statements: a migration takes as long as it takes, and so does waiting for another process's.
async fn migrate(options: &PgConnectOptions, patience: Duration) -> Result<(), StoreError> {
    let db = PgPoolOptions::new().max_connections(1).acquire_timeout(patience);
    let unreached = |source| StoreError::Connect { place: place(options), source };
    let db = db.connect_with(options.clone()).await.map_err(unreached)?;
    let done = migrations::all().run(&db).await;
    db.close().await;
    done.map_err(StoreError::Migrate)
}

/// With limits that the server keeps, also for a process that has gone or is frozen.
fn bounded(options: PgConnectOptions, statement: Duration) -> PgConnectOptions {
    let most = statement.as_millis().to_string();
    options.options([
        ("statement_timeout", most.as_str()),
        ("idle_in_transaction_session_timeout", most.as_str()),
        // Every statement of ours has an index. A plan that was made while a table was small must not read all of it
        // once it is large.
        ("enable_seqscan", "off"),
    ])
}

/// Where that is, for people; without the password.
fn place(options: &PgConnectOptions) -> String {
    let database = options.get_database().unwrap_or(options.get_username());
    format!("{}:{}/{database}", options.get_host(), options.get_port())
}
