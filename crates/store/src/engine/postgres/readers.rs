//! The connections that read.
//!
//! A reader whose asker goes away in the middle is dropped with its connection, and another one is made when it is needed:
//! nobody waits for an answer that nobody wants.

use std::sync::{Arc, Mutex, PoisonError};

use sqlx::{SqlStr, postgres::PgArguments};
use tokio::{sync::Semaphore, time::timeout};

use super::link::{self, Link};
use crate::{
    StoreError,
    engine::{Bound, Parameters, Remedy, Row},
};

/// How often a question is asked when connections break: a server that was started again has broken all of them.
const TRIES: usize = 3;

pub(crate) struct Readers {
    idle: Mutex<Vec<Link>>,
    free: Semaphore,
    /// What others are made from.
    first: Link,
}

impl Readers {
    pub(super) fn new(link: Link, most: u32) -> Self {
        Self { idle: Mutex::default(), free: Semaphore::new(most.max(1) as usize), first: link }
    }

    /// The rows that answer a question.
    pub(crate) async fn rows(
        &self,
        question: &'static str,
        bind: &(dyn Fn(&mut dyn Parameters) -> Bound + Sync),
    ) -> Result<Vec<Row>, StoreError> {
        let acquired = timeout(self.first.settings().acquire, self.free.acquire()).await;
        let _place = match acquired {
            Ok(place) => place.map_err(|_| StoreError::Closed)?,
            Err(_) => return Err(StoreError::Unavailable(Arc::new(link::timed_out()))),
        };
        let mut tries = 1;
        loop {
            match self.ask(question, bind).await {
                Ok(rows) => return Ok(rows),
                Err(error) => match link::remedy(&error) {
                    Remedy::Again if tries < TRIES => {
                        // What broke one has most likely broken all.
                        self.idle().clear();
                        tries += 1;
                    }
                    Remedy::Again | Remedy::Later => return Err(StoreError::Unavailable(Arc::new(error))),
                    Remedy::Alone => return Err(StoreError::Read(error)),
                },
            }
        }
    }

    /// Closes them: whoever asks from now on is told so.
    pub(crate) fn close(&self) {
        self.free.close();
        self.idle().clear();
    }

    async fn ask(
        &self,
        question: &'static str,
        bind: &(dyn Fn(&mut dyn Parameters) -> Bound + Sync),
    ) -> Result<Vec<Row>, sqlx::Error> {
        let mut parameters = PgArguments::default();
        bind(&mut parameters).map_err(sqlx::Error::Encode)?;
        let waiting = self.idle().pop();
        let mut link = waiting.unwrap_or_else(|| self.first.clone());
        link.ready().await?;
        let rows = link.rows(SqlStr::from_static(question), parameters).await?;
        self.idle().push(link);
        Ok(rows.into_iter().map(Row::Postgres).collect())
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Link>> {
        // A list of connections is whole after every statement.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
