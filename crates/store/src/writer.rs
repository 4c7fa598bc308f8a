//! The tasks that write records: one for each connection that writes, which is one for SQLite.
//!
//! A task takes whatever writes wait, makes them in one transaction and answers once that is durable, so that a hundred
//! submitters share one flush of the disk. Writes of one kind are made together. That changes their order, which nobody
//! can tell: none of the askers has been answered yet. The tasks know nothing of what is written.
//!
//! Invariants: nobody is answered before the commit; a write that fails, fails alone. For the latter a transaction in
//! which anything failed is rolled back and its writes are made again one by one. That is simpler than savepoints, costs
//! nothing as long as all goes well, and is right because a [`Write`] decides by what it finds in the same transaction.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::{
    sync::{Mutex, mpsc, oneshot, watch},
    time::sleep,
};

use crate::{
    StoreError,
    engine::{Bound, Engine, Made, Order, Parameters, Remedy, Row},
};

/// Writes in one transaction, at most.
const MOST_TOGETHER: usize = 512;
/// Writes that may wait; whoever comes then waits to be let in.
const MOST_WAITING: usize = 4096;
/// How often a transaction is made that an engine says to make again.
const TRIES: u32 = 4;
/// How long before the second time, and so much longer before each one after it.
const PAUSE: Duration = Duration::from_millis(20);

/// One write: a statement that decides by itself, and what to answer when it did something or nothing.
pub(crate) trait Write: Send + Sync + 'static {
    /// What the asker wants to know.
    type Answer: Send + Sync + 'static;

    /// The statement, with parameters numbered from `$1`.
    const STATEMENT: &'static str;
    /// What to ask when it changed nothing, in the same transaction; none if there is nothing more to know.
    const QUESTION: Option<&'static str> = None;

    /// What it is about. Two writes of one kind that are about the same are made one after the other.
    fn about(&self) -> u128;

    /// Adds the statement's parameters, in order.
    fn bind(&self, to: &mut dyn Parameters) -> Bound;

    /// Adds the question's.
    fn bind_question(&self, _: &mut dyn Parameters) -> Bound {
        Ok(())
    }

    /// The answer when the statement has changed something.
    fn changed(&self, made: &Made) -> Result<Self::Answer, sqlx::Error>;

    /// The answer when it has not, by the first row that answers the question.
    fn unchanged(&self, found: Option<&Row>) -> Result<Self::Answer, sqlx::Error>;
}

/// The way to the writing tasks.
#[derive(Clone)]
pub(crate) struct Writer {
    orders: mpsc::Sender<Box<dyn Pending>>,
    /// Tells the tasks to end; each of them holds the other end while it lives.
    closing: Arc<watch::Sender<bool>>,
}

impl Writer {
    /// Starts a task for each of these connections.
    pub(crate) fn start(engines: impl IntoIterator<Item = Box<dyn Engine>>) -> Self {
        let (orders, inbox) = mpsc::channel(MOST_WAITING);
        let (closing, told) = watch::channel(false);
        let inbox = Arc::new(Mutex::new(inbox));
        for engine in engines {
            tokio::spawn(run(engine, inbox.clone(), told.clone()));
        }
        Self { orders, closing: Arc::new(closing) }
    }

    /// Has the write made; durable when this returns.
    pub(crate) async fn make<W: Write>(&self, write: W) -> Result<W::Answer, StoreError> {
        let (asker, answer) = oneshot::channel();
        let waiting = Waiting { write, found: None, asker, since: Instant::now() };
        self.orders.send(Box::new(waiting)).await.map_err(|_| StoreError::Closed)?;
        answer.await.unwrap_or(Err(StoreError::Closed))
    }

    /// Writes what waits, then closes the connections.
    pub(crate) async fn close(&self) {
        self.closing.send_replace(true);
        self.closing.closed().await;
    }

    /// Whether the tasks have ended, or are about to.
    pub(crate) fn is_closed(&self) -> bool {
        self.orders.is_closed()
    }
}

/// A [`Write`] with its asker, its type forgotten.
trait Pending: Order {
    fn since(&self) -> Instant;
    fn made(&mut self, made: &Made, found: Option<&Row>) -> Result<(), sqlx::Error>;
    fn committed(self: Box<Self>);
    fn failed(self: Box<Self>, why: StoreError);
}

struct Waiting<W: Write> {
    write: W,
    found: Option<W::Answer>,
    asker: oneshot::Sender<Result<W::Answer, StoreError>>,
    since: Instant,
}

impl<W: Write> Order for Waiting<W> {
    fn statement(&self) -> &'static str {
        W::STATEMENT
    }

    fn bind(&self, to: &mut dyn Parameters) -> Bound {
        self.write.bind(to)
    }

    fn about(&self) -> u128 {
        self.write.about()
    }

    fn question(&self) -> Option<&'static str> {
        W::QUESTION
    }

    fn bind_question(&self, to: &mut dyn Parameters) -> Bound {
        self.write.bind_question(to)
    }
}

impl<W: Write> Pending for Waiting<W> {
    fn since(&self) -> Instant {
        self.since
    }

    fn made(&mut self, made: &Made, found: Option<&Row>) -> Result<(), sqlx::Error> {
        let answer = if made.is_change { self.write.changed(made) } else { self.write.unchanged(found) };
        self.found = Some(answer?);
        Ok(())
    }

    // In both: an asker who has gone away needs no answer.

    fn committed(self: Box<Self>) {
        let found = self.found.expect("only what was applied is committed");
        let _ = self.asker.send(Ok(found));
    }

    fn failed(self: Box<Self>, why: StoreError) {
        let _ = self.asker.send(Err(why));
    }
}

/// Why writes failed, for each of their askers.
#[derive(Clone)]
struct Failed {
    why: Arc<sqlx::Error>,
    remedy: Remedy,
}

impl Failed {
    fn told(self) -> StoreError {
        match self.remedy {
            Remedy::Alone => StoreError::Write(self.why),
            // Tried often enough, or in vain.
            Remedy::Again | Remedy::Later => StoreError::Unavailable(self.why),
        }
    }
}

async fn run(
    mut engine: Box<dyn Engine>,
    inbox: Arc<Mutex<mpsc::Receiver<Box<dyn Pending>>>>,
    mut closing: watch::Receiver<bool>,
) {
    let mut writes = Vec::new();
    loop {
        let is_open = tokio::select! {
            taken = take(&inbox, &mut writes) => taken > 0,
            () = to_close(&mut closing) => {
                // Nobody is let in any more; what is in is still written.
                inbox.lock().await.close();
                take(&inbox, &mut writes).await > 0
            }
        };
        if !is_open {
            break;
        }
        let in_time = in_time(engine.patience(), std::mem::take(&mut writes));
        settle(engine.as_mut(), in_time).await;
    }
    engine.close().await;
}

/// Waits until it is time to close: somebody said so, or nobody is left to say anything.
async fn to_close(closing: &mut watch::Receiver<bool>) {
    let _told = closing.wait_for(|closing| *closing).await;
}

async fn take(inbox: &Mutex<mpsc::Receiver<Box<dyn Pending>>>, writes: &mut Vec<Box<dyn Pending>>) -> usize {
    inbox.lock().await.recv_many(writes, MOST_TOGETHER).await
}

/// Those that have not waited for too long; the others are told to come back later.
fn in_time(patience: Option<Duration>, mut writes: Vec<Box<dyn Pending>>) -> Vec<Box<dyn Pending>> {
    let Some(patience) = patience else { return writes };
    let late = writes.extract_if(.., |write| write.since().elapsed() > patience);
    for write in late {
        write.failed(StoreError::Unavailable(Arc::new(sqlx::Error::PoolTimedOut)));
    }
    writes
}

async fn settle(engine: &mut dyn Engine, mut writes: Vec<Box<dyn Pending>>) {
    if writes.is_empty() {
        return;
    }
    writes.sort_by_key(|write| (write.statement(), write.about()));
    match commit_somehow(engine, &mut writes).await {
        Ok(()) => writes.into_iter().for_each(Pending::committed),
        Err(failed) if failed.remedy == Remedy::Alone => {
            for mut write in writes {
                match commit_somehow(engine, std::slice::from_mut(&mut write)).await {
                    Ok(()) => write.committed(),
                    Err(failed) => write.failed(failed.told()),
                }
            }
        }
        Err(failed) => writes.into_iter().for_each(|write| write.failed(failed.clone().told())),
    }
}

/// All of these in one transaction, which is made again while that helps, or none.
async fn commit_somehow(engine: &mut dyn Engine, writes: &mut [Box<dyn Pending>]) -> Result<(), Failed> {
    let mut tries = 1;
    loop {
        let Err(why) = commit(engine, writes).await else { return Ok(()) };
        let remedy = engine.remedy(&why);
        if remedy != Remedy::Again || tries == TRIES {
            return Err(Failed { why: Arc::new(why), remedy });
        }
        sleep(PAUSE * tries).await;
        tries += 1;
    }
}

async fn commit(engine: &mut dyn Engine, writes: &mut [Box<dyn Pending>]) -> Result<(), sqlx::Error> {
    engine.begin().await?;
    let mut done = make(engine, writes).await;
    if done.is_ok() {
        done = engine.commit().await;
    }
    if done.is_err() {
        engine.rollback().await;
    }
    done
}

async fn make(engine: &mut dyn Engine, writes: &mut [Box<dyn Pending>]) -> Result<(), sqlx::Error> {
    for mut kind in writes.chunk_by_mut(|a, b| a.statement() == b.statement()) {
        while !kind.is_empty() {
            let orders: Vec<&dyn Order> = kind.iter().map(|write| &**write as &dyn Order).collect();
            let together = engine.together(&orders);
            let made = engine.make(&orders[..together]).await?;
            let (done, rest) = kind.split_at_mut(together);
            for (write, made) in done.iter_mut().zip(made) {
                look_at(engine, write.as_mut(), &made).await?;
            }
            kind = rest;
        }
    }
    Ok(())
}

/// What a write came to.
async fn look_at(engine: &mut dyn Engine, write: &mut dyn Pending, made: &Made) -> Result<(), sqlx::Error> {
    let found = match write.question() {
        Some(question) if !made.is_change => engine.ask(question, write).await?,
        Some(_) | None => Vec::new(),
    };
    write.made(made, found.first())
}
