//! Reader pool of PostgreSQL: connections that read, with a limit and retries.
//!
//! If a caller goes away during a query, its connection is dropped and replaced on demand: no connection waits
//! for an unneeded reply.

use std::sync::{Arc, Mutex, PoisonError};

use sqlx::{SqlStr, postgres::PgArguments};
use tokio::{sync::Semaphore, time::timeout};

use super::connection::{self, Connection};
use crate::{
    engine::statement::{BindResult, Parameters, Recovery, Row},
    error::StoreError,
};

/// Maximum number of tries after broken connections: a server restart breaks all of them.
const MAX_TRIES: usize = 3;

pub(crate) struct PostgresReaders {
    idle: Mutex<Vec<Connection>>,
    permits: Semaphore,
    /// Template of new connections.
    template: Connection,
}

impl PostgresReaders {
    pub(super) fn new(connection: Connection, max: u32) -> Self {
        Self { idle: Mutex::default(), permits: Semaphore::new(max.max(1) as usize), template: connection }
    }

    /// The rows of a query.
    pub(crate) async fn rows(
        &self,
        statement: &'static str,
        bind: &(dyn Fn(&mut dyn Parameters) -> BindResult + Sync),
    ) -> Result<Vec<Row>, StoreError> {
        let acquired = timeout(self.template.settings().acquire_timeout, self.permits.acquire()).await;
        let _permit = match acquired {
            Ok(permit) => permit.map_err(|_| StoreError::Closed)?,
            Err(_) => return Err(StoreError::Unavailable(Arc::new(connection::timeout_error()))),
        };
        let mut tries = 1;
        loop {
            match self.try_rows(statement, bind).await {
                Ok(rows) => return Ok(rows),
                Err(error) => match connection::recovery(&error) {
                    Recovery::RetryNow if tries < MAX_TRIES => {
                        // The other connections are most likely broken, too.
                        self.lock_idle().clear();
                        tries += 1;
                    }
                    Recovery::RetryNow | Recovery::ReportUnavailable => {
                        return Err(StoreError::Unavailable(Arc::new(error)));
                    }
                    Recovery::SplitBatch => return Err(StoreError::Read(error)),
                },
            }
        }
    }

    /// Closes the pool; later queries fail.
    pub(crate) fn close(&self) {
        self.permits.close();
        self.lock_idle().clear();
    }

    async fn try_rows(
        &self,
        statement: &'static str,
        bind: &(dyn Fn(&mut dyn Parameters) -> BindResult + Sync),
    ) -> Result<Vec<Row>, sqlx::Error> {
        let mut parameters = PgArguments::default();
        bind(&mut parameters).map_err(sqlx::Error::Encode)?;
        let waiting = self.lock_idle().pop();
        let mut connection = waiting.unwrap_or_else(|| self.template.clone());
        connection.ensure_connected().await?;
        let rows = connection.rows(SqlStr::from_static(statement), parameters).await?;
        self.lock_idle().push(connection);
        Ok(rows.into_iter().map(Row::Postgres).collect())
    }

    fn lock_idle(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        // The list is consistent after every statement.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
