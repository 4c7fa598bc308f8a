//! Inboxes of the attempts that run in this process.
//!
//! A message waits in a Redis stream until it is read into the attempt's local inbox. While the local inbox is
//! full, nothing is read, the stream fills, and senders wait.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex},
    time::Duration,
};

use model::JobId;
use tokio::{
    sync::{Notify, mpsc},
    task::AbortHandle,
    time::sleep,
};

use super::{
    connection::Retry,
    control_codec,
    core::{Core, StreamEntry},
    script,
};
use crate::{Attempt, BrokerError, Control, sync::lock};

/// Messages that can wait in an attempt's local inbox.
const INBOX_CAPACITY: usize = 16;
/// Messages read at a time.
const PAGE: usize = 64;
/// Limit of remembered notifications for unknown attempts. The reply to their claim is expected within a
/// moment.
const MAX_EARLY: usize = 256;
/// Interval of retries after a failed read.
const RETRY_INTERVAL: Duration = Duration::from_millis(200);

/// All attempts of this process.
pub(super) struct Inboxes {
    core: Arc<Core>,
    attempts: Mutex<AttemptTable>,
}

#[derive(Default)]
struct AttemptTable {
    by_job: HashMap<JobId, RunningAttempt>,
    /// Attempts with a message before their claim was known here: a notification may overtake the reply to a
    /// claim.
    early: VecDeque<(JobId, u32)>,
    /// Number of attempts at which closed ones are removed.
    sweep_at: usize,
}

/// A running attempt.
struct RunningAttempt {
    attempt: Attempt,
    inbox: mpsc::Sender<Control>,
    /// `Some` after the first message.
    reader: Option<InboxReader>,
}

/// The task that reads for one attempt.
struct InboxReader {
    wakeup: Arc<Notify>,
    task: AbortHandle,
}

impl Drop for InboxReader {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Inboxes {
    pub(super) fn new(core: Arc<Core>) -> Self {
        Self { core, attempts: Mutex::default() }
    }

    /// Opens the inbox of a new attempt.
    pub(super) fn open(&self, attempt: Attempt) -> mpsc::Receiver<Control> {
        let (inbox, control) = mpsc::channel(INBOX_CAPACITY);
        let mut attempts = lock(&self.attempts);
        let (job, number) = (attempt.job, attempt.number);
        let mut running = RunningAttempt { attempt, inbox, reader: None };
        if attempts.early.contains(&(job, number)) {
            running.wake_reader(&self.core);
        }
        attempts.by_job.insert(job, running);
        attempts.sweep();
        control
    }

    /// Closes the inbox of a finished attempt.
    pub(super) fn close(&self, attempt: &Attempt) {
        let mut attempts = lock(&self.attempts);
        if attempts.by_job.get(&attempt.job).is_some_and(|running| running.attempt == *attempt) {
            attempts.by_job.remove(&attempt.job);
        }
    }

    /// Handles a notification: the job, a space, and the attempt's number.
    pub(super) fn on_message(&self, notice: &[u8]) {
        let Some((job, number)) = std::str::from_utf8(notice).ok().and_then(|notice| notice.split_once(' '))
        else {
            return;
        };
        let (Ok(job), Ok(number)) = (job.parse::<JobId>(), number.parse::<u32>()) else { return };
        let mut attempts = lock(&self.attempts);
        match attempts.by_job.get_mut(&job).filter(|running| running.attempt.number == number) {
            Some(running) => running.wake_reader(&self.core),
            None => attempts.remember_early(job, number),
        }
    }

    /// Reads all inboxes, because notifications may have been missed.
    pub(super) fn wake_all(&self) {
        for running in lock(&self.attempts).by_job.values_mut() {
            running.wake_reader(&self.core);
        }
    }

    /// Marks the inbox of the job's attempt as closed in Redis, if the attempt runs here and has closed it.
    pub(super) async fn report_closed(&self, job: JobId) -> Result<(), BrokerError> {
        let closed = {
            let attempts = lock(&self.attempts);
            attempts
                .by_job
                .get(&job)
                .filter(|running| running.inbox.is_closed())
                .map(|running| running.attempt.clone())
        };
        match closed {
            Some(attempt) => close_inbox(&self.core, &attempt).await,
            None => Ok(()),
        }
    }
}

impl AttemptTable {
    fn remember_early(&mut self, job: JobId, number: u32) {
        self.early.push_back((job, number));
        if self.early.len() > MAX_EARLY {
            self.early.pop_front();
        }
    }

    /// Removes attempts that were dropped without being closed. Amortized, so that it is cheap per attempt.
    fn sweep(&mut self) {
        if self.by_job.len() > self.sweep_at {
            self.by_job.retain(|_, running| !running.inbox.is_closed());
            self.sweep_at = self.by_job.len() * 2 + 64;
        }
    }
}

impl RunningAttempt {
    fn wake_reader(&mut self, core: &Arc<Core>) {
        if let Some(reader) = &self.reader {
            reader.wakeup.notify_one();
            return;
        }
        let wakeup = Arc::new(Notify::new());
        let reading =
            read_inbox(Arc::clone(core), self.attempt.clone(), self.inbox.clone(), Arc::clone(&wakeup));
        let task = tokio::spawn(reading).abort_handle();
        self.reader = Some(InboxReader { wakeup, task });
    }
}

/// Reads messages of an attempt until it closes its inbox. The task is aborted when the attempt is finished.
async fn read_inbox(core: Arc<Core>, attempt: Attempt, inbox: mpsc::Sender<Control>, wakeup: Arc<Notify>) {
    let mut from = "0".to_owned();
    while !inbox.is_closed() {
        match read_page(&core, &attempt, &from).await {
            Ok(messages) if messages.is_empty() => {
                tokio::select! {
                    () = wakeup.notified() => {}
                    () = inbox.closed() => {}
                }
            }
            Ok(messages) => {
                for (id, message) in messages {
                    from = next_stream_id(&id);
                    if let Some(message) = control_codec::decode(&message) {
                        // Waits while the inbox is full. The loop condition handles an error.
                        let _closed = inbox.send(message).await;
                    }
                }
            }
            Err(error) => {
                tracing::debug!(job = %attempt.job, %error, "an attempt's inbox cannot be read; trying again");
                sleep(RETRY_INTERVAL).await;
            }
        }
    }
    if let Err(error) = close_inbox(&core, &attempt).await {
        tracing::debug!(job = %attempt.job, %error, "an inbox could not be marked as closed");
    }
}

/// The messages from this id on, each with its id.
async fn read_page(
    core: &Core,
    attempt: &Attempt,
    from: &str,
) -> Result<Vec<(String, Vec<u8>)>, BrokerError> {
    let call =
        core.call(&script::READ_INBOX).arg(attempt.job.to_string()).arg(attempt.number).arg(from).arg(PAGE);
    let entries: Vec<StreamEntry> =
        core.connection.request(&call, Retry::Idempotent, "read an inbox").await?;
    let message = |fields: Vec<(String, Vec<u8>)>| fields.into_iter().next().map(|(_, message)| message);
    Ok(entries.into_iter().map(|(id, fields)| (id, message(fields).unwrap_or_default())).collect())
}

/// The next id of a stream; an id is two numbers.
fn next_stream_id(id: &str) -> String {
    let next = id.split_once('-').and_then(|(ms, n)| Some(format!("{ms}-{}", n.parse::<u64>().ok()? + 1)));
    next.unwrap_or_else(|| id.to_owned())
}

async fn close_inbox(core: &Core, attempt: &Attempt) -> Result<(), BrokerError> {
    let closed = core.call(&script::CLOSE_INBOX);
    core.connection.request(&Core::attempt(closed, attempt), Retry::Idempotent, "close an inbox").await
}
