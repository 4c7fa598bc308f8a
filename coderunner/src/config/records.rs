//! `[records]`: records of jobs, in the data folder or on a server.

use std::time::Duration;

use super::{secret::SecretUrl, setting::settings};

settings! {
    /// Records of jobs and results.
    pub(crate) struct RecordsConfig {
        /// Address of the records: `postgres://user:password@host/database`. By default they are in the data folder.
        url: Option<SecretUrl> = None;
        /// Time that a starting process waits for a record server that is not reachable yet, in seconds. 0 means one attempt.
        wait_seconds: u32 = 300, ..=86_400;
    }
}

impl RecordsConfig {
    /// How long a process that starts waits for the server of records.
    pub(crate) fn wait(&self) -> Duration {
        Duration::from_secs(self.wait_seconds.into())
    }
}
