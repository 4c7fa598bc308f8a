//! Settings of the PostgreSQL engine, with defaults.

use std::time::Duration;

/// Settings of the PostgreSQL engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PostgresSettings {
    /// Number of connections that write. Each commits many writes at a time; a second one writes while the
    /// first waits for the disk.
    pub writers: u32,
    /// Number of connections that read.
    pub readers: u32,
    /// Timeout of waiting for a connection or of opening one.
    pub acquire_timeout: Duration,
    /// Server-side timeout of a statement, and of an idle transaction of a frozen process.
    pub statement_timeout: Duration,
}

impl Default for PostgresSettings {
    fn default() -> Self {
        Self {
            writers: 2,
            readers: 6,
            acquire_timeout: Duration::from_secs(5),
            statement_timeout: Duration::from_secs(10),
        }
    }
}
