//! The one task that writes records.
//!
//! It takes whatever writes wait, makes them in one transaction and answers once that is durable, so that a hundred
//! submitters share one flush of the disk. Writes of one kind are made together. That changes their order, which nobody
//! can tell: none of the askers has been answered yet. The task knows nothing of what is written.
//!
//! Invariants: nobody is answered before the commit; a write that fails, fails alone. For the latter a transaction in
//! which anything failed is rolled back and its writes are made again one by one. That is simpler than savepoints, costs
//! nothing as long as all goes well, and is right because a [`Write`] decides by what it finds in the same transaction.

use std::sync::Arc;

use async_trait::async_trait;
use sqlx::{Connection, SqliteConnection, error::BoxDynError, query, sqlite::SqliteArguments};
use tokio::sync::{mpsc, oneshot};

use crate::{
    StoreError,
    batch::{self, Made},
};

/// Writes in one transaction, at most.
const MOST_TOGETHER: usize = 512;
/// Writes that may wait; whoever comes then waits to be let in.
const MOST_WAITING: usize = 4096;

/// One write: a statement that decides by itself, and what to answer when it did something or nothing.
#[async_trait]
pub(crate) trait Write: Send + Sync + 'static {
    /// What the asker wants to know.
    type Answer: Send + 'static;

    /// The statement, with parameters numbered from `$1`.
    const STATEMENT: &'static str;

    /// Adds the parameters, in order.
    fn bind(&self, to: &mut SqliteArguments) -> Result<(), BoxDynError>;

    /// The answer when the statement has changed something.
    fn changed(&self, made: Made) -> Result<Self::Answer, sqlx::Error>;

    /// The answer when it has not: asks why, in the same transaction.
    async fn unchanged(&self, db: &mut SqliteConnection) -> Result<Self::Answer, sqlx::Error>;
}

/// The way to the writing task.
#[derive(Clone)]
pub(crate) struct Writer {
    orders: mpsc::Sender<Order>,
}

impl Writer {
    /// Starts the task, which owns the connection.
    pub(crate) fn start(db: SqliteConnection) -> Self {
        let (orders, inbox) = mpsc::channel(MOST_WAITING);
        tokio::spawn(run(db, inbox));
        Self { orders }
    }

    /// Has the write made; durable when this returns.
    pub(crate) async fn make<W: Write>(&self, write: W) -> Result<W::Answer, StoreError> {
        let (asker, answer) = oneshot::channel();
        let waiting = Waiting { write, found: None, asker };
        self.orders.send(Order::Write(Box::new(waiting))).await.map_err(|_| StoreError::Closed)?;
        answer.await.unwrap_or(Err(StoreError::Closed))
    }

    /// Writes what waits, then closes the file.
    pub(crate) async fn close(&self) {
        let (done, closed) = oneshot::channel();
        if self.orders.send(Order::Close(done)).await.is_ok() {
            // An error means that somebody else's close came first.
            let _ = closed.await;
        }
    }

    /// Whether the task has ended.
    pub(crate) fn is_closed(&self) -> bool {
        self.orders.is_closed()
    }
}

enum Order {
    Write(Box<dyn Pending>),
    Close(oneshot::Sender<()>),
}

/// A [`Write`] with its asker, its type forgotten.
#[async_trait]
trait Pending: Send {
    fn statement(&self) -> &'static str;
    fn bind(&self, to: &mut SqliteArguments) -> Result<(), BoxDynError>;
    async fn made(&mut self, made: Made, db: &mut SqliteConnection) -> Result<(), sqlx::Error>;
    fn committed(self: Box<Self>);
    fn failed(self: Box<Self>, why: Arc<sqlx::Error>);
}

struct Waiting<W: Write> {
    write: W,
    found: Option<W::Answer>,
    asker: oneshot::Sender<Result<W::Answer, StoreError>>,
}

#[async_trait]
impl<W: Write> Pending for Waiting<W> {
    fn statement(&self) -> &'static str {
        W::STATEMENT
    }

    fn bind(&self, to: &mut SqliteArguments) -> Result<(), BoxDynError> {
        self.write.bind(to)
    }

    async fn made(&mut self, made: Made, db: &mut SqliteConnection) -> Result<(), sqlx::Error> {
        self.found = Some(match made.changed {
            0 => self.write.unchanged(db).await?,
            _ => self.write.changed(made)?,
        });
        Ok(())
    }

    // In both: an asker who has gone away needs no answer.

    fn committed(self: Box<Self>) {
        let found = self.found.expect("only what was applied is committed");
        let _ = self.asker.send(Ok(found));
    }

    fn failed(self: Box<Self>, why: Arc<sqlx::Error>) {
        let _ = self.asker.send(Err(StoreError::Write(why)));
    }
}

async fn run(mut db: SqliteConnection, mut inbox: mpsc::Receiver<Order>) {
    let mut orders = Vec::with_capacity(MOST_TOGETHER);
    while inbox.recv_many(&mut orders, MOST_TOGETHER).await > 0 {
        let mut writes = Vec::with_capacity(orders.len());
        let mut closing = Vec::new();
        for order in orders.drain(..) {
            match order {
                Order::Write(write) => writes.push(write),
                Order::Close(done) => closing.push(done),
            }
        }
        settle(&mut db, writes).await;
        if !closing.is_empty() {
            // Everything is committed, so a failure to close loses nothing.
            let _ = db.close().await;
            drop(inbox);
            for done in closing {
                let _ = done.send(());
            }
            return;
        }
    }
}

async fn settle(db: &mut SqliteConnection, mut writes: Vec<Box<dyn Pending>>) {
    if writes.is_empty() {
        return;
    }
    writes.sort_by_key(|write| write.statement());
    if commit(db, &mut writes).await.is_ok() {
        writes.into_iter().for_each(Pending::committed);
        return;
    }
    for mut write in writes {
        match commit(db, std::slice::from_mut(&mut write)).await {
            Ok(()) => write.committed(),
            Err(why) => write.failed(Arc::new(why)),
        }
    }
}

/// All of these in one transaction, or none. Plain statements rather than sqlx's transaction, because SQLite rolls back
/// by itself on some errors (a full disk), which sqlx's count of nested transactions does not notice.
async fn commit(db: &mut SqliteConnection, writes: &mut [Box<dyn Pending>]) -> Result<(), sqlx::Error> {
    query("BEGIN IMMEDIATE").execute(&mut *db).await?;
    let made = make(db, writes).await;
    if made.is_err() {
        // Fails when SQLite has rolled back already, which is what we want.
        let _ = query("ROLLBACK").execute(&mut *db).await;
    }
    made
}

async fn make(db: &mut SqliteConnection, writes: &mut [Box<dyn Pending>]) -> Result<(), sqlx::Error> {
    for mut kind in writes.chunk_by_mut(|a, b| a.statement() == b.statement()) {
        while !kind.is_empty() {
            let (together, rest) = kind.split_at_mut(batch::next_size(kind.len()));
            make_together(db, together).await?;
            kind = rest;
        }
    }
    query("COMMIT").execute(db).await?;
    Ok(())
}

/// Writes of one kind.
async fn make_together(
    db: &mut SqliteConnection,
    writes: &mut [Box<dyn Pending>],
) -> Result<(), sqlx::Error> {
    let mut parameters = SqliteArguments::default();
    for write in &*writes {
        write.bind(&mut parameters).map_err(sqlx::Error::Encode)?;
    }
    let made = batch::run(db, writes[0].statement(), writes.len(), parameters).await?;
    for (write, made) in writes.iter_mut().zip(made) {
        write.made(made, db).await?;
    }
    Ok(())
}
