//! Writer tasks: one per connection that writes (one for SQLite), with group commit.
//!
//! A task takes all queued writes, executes them in one transaction and replies once it is durable, so that a
//! hundred submissions share one flush of the disk. Writes of one kind are executed together. This changes
//! their order, which is not observable: none of the callers has its reply yet. The tasks do not know the
//! meaning of the writes.
//!
//! Invariants: no reply before the commit; a failing write does not fail others. For the latter, a transaction
//! with a failure is rolled back and its writes are executed again one by one. This is simpler than savepoints,
//! costs nothing without failures, and is correct because a [`Write`] depends only on what it finds in its own
//! transaction.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::{
    sync::{Mutex, mpsc, oneshot, watch},
    time::sleep,
};

use crate::{
    engine::{BindResult, Engine, Parameters, Recovery, Row, StatementResult, WriteStatement},
    error::StoreError,
};

/// Maximum number of writes in one transaction.
const MAX_BATCH: usize = 512;
/// Maximum number of queued writes; further callers wait.
const MAX_QUEUED: usize = 4096;
/// Maximum number of tries of a transaction.
const MAX_TRIES: u32 = 4;
/// Delay before the second try; it grows by as much with each further one.
const RETRY_DELAY: Duration = Duration::from_millis(20);

/// A write: a statement that decides by itself, and its output for both cases.
pub(crate) trait Write: Send + Sync + 'static {
    /// The result for the caller.
    type Output: Send + Sync + 'static;

    /// The statement, with parameters numbered from `$1`.
    const STATEMENT: &'static str;
    /// Query in the same transaction if the statement changed nothing; `None` if no more needs to be known.
    const FOLLOW_UP: Option<&'static str> = None;

    /// Writes of one kind with the same key conflict and are executed one after the other.
    fn conflict_key(&self) -> u128;

    /// Adds the statement's parameters, in order.
    fn bind(&self, to: &mut dyn Parameters) -> BindResult;

    /// Adds the parameters of the follow-up query.
    fn bind_follow_up(&self, _: &mut dyn Parameters) -> BindResult {
        Ok(())
    }

    /// Output if the statement changed rows.
    fn on_changed(&self, result: &StatementResult) -> Result<Self::Output, sqlx::Error>;

    /// Output if it changed nothing, from the first row of the follow-up query.
    fn on_unchanged(&self, found: Option<&Row>) -> Result<Self::Output, sqlx::Error>;
}

/// Handle of the writer tasks.
#[derive(Clone)]
pub(crate) struct Writer {
    queue: mpsc::Sender<Box<dyn QueuedWrite>>,
    /// Signals the tasks to end; each task holds a receiver while it runs.
    closing: Arc<watch::Sender<bool>>,
}

impl Writer {
    /// Starts a task for each of these connections.
    pub(crate) fn start(engines: impl IntoIterator<Item = Box<dyn Engine>>) -> Self {
        let (queue, inbox) = mpsc::channel(MAX_QUEUED);
        let (closing, closed) = watch::channel(false);
        let inbox = Arc::new(Mutex::new(inbox));
        for engine in engines {
            tokio::spawn(run(engine, inbox.clone(), closed.clone()));
        }
        Self { queue, closing: Arc::new(closing) }
    }

    /// Executes the write; durable on return.
    pub(crate) async fn write<W: Write>(&self, write: W) -> Result<W::Output, StoreError> {
        let (reply, answer) = oneshot::channel();
        let pending = PendingWrite { write, output: None, reply, since: Instant::now() };
        self.queue.send(Box::new(pending)).await.map_err(|_| StoreError::Closed)?;
        answer.await.unwrap_or(Err(StoreError::Closed))
    }

    /// Completes queued writes, then closes the connections.
    pub(crate) async fn close(&self) {
        self.closing.send_replace(true);
        self.closing.closed().await;
    }

    /// Whether the tasks have ended or are ending.
    pub(crate) fn is_closed(&self) -> bool {
        self.queue.is_closed()
    }
}

/// A [`Write`] with its reply channel, type-erased.
trait QueuedWrite: WriteStatement {
    fn enqueued_at(&self) -> Instant;
    fn apply_result(&mut self, result: &StatementResult, found: Option<&Row>) -> Result<(), sqlx::Error>;
    fn reply_committed(self: Box<Self>);
    fn reply_failed(self: Box<Self>, error: StoreError);
}

struct PendingWrite<W: Write> {
    write: W,
    output: Option<W::Output>,
    reply: oneshot::Sender<Result<W::Output, StoreError>>,
    since: Instant,
}

impl<W: Write> WriteStatement for PendingWrite<W> {
    fn statement(&self) -> &'static str {
        W::STATEMENT
    }

    fn bind(&self, to: &mut dyn Parameters) -> BindResult {
        self.write.bind(to)
    }

    fn conflict_key(&self) -> u128 {
        self.write.conflict_key()
    }

    fn follow_up(&self) -> Option<&'static str> {
        W::FOLLOW_UP
    }

    fn bind_follow_up(&self, to: &mut dyn Parameters) -> BindResult {
        self.write.bind_follow_up(to)
    }
}

impl<W: Write> QueuedWrite for PendingWrite<W> {
    fn enqueued_at(&self) -> Instant {
        self.since
    }

    fn apply_result(&mut self, result: &StatementResult, found: Option<&Row>) -> Result<(), sqlx::Error> {
        let answer =
            if result.changed_rows { self.write.on_changed(result) } else { self.write.on_unchanged(found) };
        self.output = Some(answer?);
        Ok(())
    }

    // In both: a caller that has gone away needs no reply.

    fn reply_committed(self: Box<Self>) {
        let found = self.output.expect("only what was applied is committed");
        let _ = self.reply.send(Ok(found));
    }

    fn reply_failed(self: Box<Self>, error: StoreError) {
        let _ = self.reply.send(Err(error));
    }
}

/// Cause of a failed commit, for each of its callers.
#[derive(Clone)]
struct CommitError {
    error: Arc<sqlx::Error>,
    recovery: Recovery,
}

impl CommitError {
    fn into_store_error(self) -> StoreError {
        match self.recovery {
            Recovery::SplitBatch => StoreError::Write(self.error),
            // All tries failed, or a retry is useless.
            Recovery::RetryNow | Recovery::ReportUnavailable => StoreError::Unavailable(self.error),
        }
    }
}

async fn run(
    mut engine: Box<dyn Engine>,
    inbox: Arc<Mutex<mpsc::Receiver<Box<dyn QueuedWrite>>>>,
    mut closing: watch::Receiver<bool>,
) {
    let mut writes = Vec::new();
    loop {
        let is_open = tokio::select! {
            taken = receive(&inbox, &mut writes) => taken > 0,
            () = wait_for_close(&mut closing) => {
                // No more writes are accepted; queued ones are completed.
                inbox.lock().await.close();
                receive(&inbox, &mut writes).await > 0
            }
        };
        if !is_open {
            break;
        }
        let in_time = reject_late(engine.queue_timeout(), std::mem::take(&mut writes));
        commit_batch(engine.as_mut(), in_time).await;
    }
    engine.close().await;
}

/// Waits for the signal to close, or for the last handle to be dropped.
async fn wait_for_close(closing: &mut watch::Receiver<bool>) {
    let _closed = closing.wait_for(|closing| *closing).await;
}

async fn receive(
    inbox: &Mutex<mpsc::Receiver<Box<dyn QueuedWrite>>>,
    writes: &mut Vec<Box<dyn QueuedWrite>>,
) -> usize {
    inbox.lock().await.recv_many(writes, MAX_BATCH).await
}

/// Rejects writes that have waited too long as unavailable, and returns the others.
fn reject_late(
    queue_timeout: Option<Duration>,
    mut writes: Vec<Box<dyn QueuedWrite>>,
) -> Vec<Box<dyn QueuedWrite>> {
    let Some(queue_timeout) = queue_timeout else { return writes };
    let late = writes.extract_if(.., |write| write.enqueued_at().elapsed() > queue_timeout);
    for write in late {
        write.reply_failed(StoreError::Unavailable(Arc::new(sqlx::Error::PoolTimedOut)));
    }
    writes
}

async fn commit_batch(engine: &mut dyn Engine, mut writes: Vec<Box<dyn QueuedWrite>>) {
    if writes.is_empty() {
        return;
    }
    writes.sort_by_key(|write| (write.statement(), write.conflict_key()));
    match commit_with_retries(engine, &mut writes).await {
        Ok(()) => writes.into_iter().for_each(QueuedWrite::reply_committed),
        Err(failed) if failed.recovery == Recovery::SplitBatch => {
            for mut write in writes {
                match commit_with_retries(engine, std::slice::from_mut(&mut write)).await {
                    Ok(()) => write.reply_committed(),
                    Err(failed) => write.reply_failed(failed.into_store_error()),
                }
            }
        }
        Err(failed) => {
            for write in writes {
                write.reply_failed(failed.clone().into_store_error());
            }
        }
    }
}

/// Commits all writes in one transaction, with retries while they are useful, or none.
async fn commit_with_retries(
    engine: &mut dyn Engine,
    writes: &mut [Box<dyn QueuedWrite>],
) -> Result<(), CommitError> {
    let mut tries = 1;
    loop {
        let Err(error) = commit(engine, writes).await else { return Ok(()) };
        let recovery = engine.recovery(&error);
        if recovery != Recovery::RetryNow || tries == MAX_TRIES {
            return Err(CommitError { error: Arc::new(error), recovery });
        }
        sleep(RETRY_DELAY * tries).await;
        tries += 1;
    }
}

async fn commit(engine: &mut dyn Engine, writes: &mut [Box<dyn QueuedWrite>]) -> Result<(), sqlx::Error> {
    engine.begin().await?;
    let mut done = execute_all(engine, writes).await;
    if done.is_ok() {
        done = engine.commit().await;
    }
    if done.is_err() {
        engine.rollback().await;
    }
    done
}

async fn execute_all(
    engine: &mut dyn Engine,
    writes: &mut [Box<dyn QueuedWrite>],
) -> Result<(), sqlx::Error> {
    for mut kind in writes.chunk_by_mut(|a, b| a.statement() == b.statement()) {
        while !kind.is_empty() {
            let statements: Vec<&dyn WriteStatement> =
                kind.iter().map(|write| &**write as &dyn WriteStatement).collect();
            let batch_size = engine.batch_size(&statements);
            let result = engine.execute(&statements[..batch_size]).await?;
            let (done, rest) = kind.split_at_mut(batch_size);
            for (write, result) in done.iter_mut().zip(result) {
                finish_write(engine, write.as_mut(), &result).await?;
            }
            kind = rest;
        }
    }
    Ok(())
}

/// Runs the follow-up query if needed, and stores the output of a write.
async fn finish_write(
    engine: &mut dyn Engine,
    write: &mut dyn QueuedWrite,
    result: &StatementResult,
) -> Result<(), sqlx::Error> {
    let found = match write.follow_up() {
        Some(follow_up) if !result.changed_rows => engine.query(follow_up, write).await?,
        Some(_) | None => Vec::new(),
    };
    write.apply_result(result, found.first())
}
