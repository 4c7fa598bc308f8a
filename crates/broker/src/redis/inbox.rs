//! The inboxes of the attempts that run in this process.
//!
//! What is said to an attempt stands in a stream in Redis until it is read here, into the attempt's own inbox. While that is
//! full nothing is read, the stream fills, and whoever speaks waits.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use model::JobId;
use tokio::{
    sync::{Notify, mpsc},
    task::AbortHandle,
    time::sleep,
};

use super::{Core, link::Twice, message, script};
use crate::{Attempt, BrokerError, Control, log::lock};

/// Messages that may wait in an attempt's own inbox.
const INBOX: usize = 16;
/// Messages read at a time.
const PAGE: usize = 64;
/// How soon an inbox that could not be read is tried again.
const PAUSE: Duration = Duration::from_millis(200);

/// All attempts that run here.
pub(super) struct Inboxes {
    core: Arc<Core>,
    held: Mutex<Attempts>,
}

#[derive(Default)]
struct Attempts {
    by_job: HashMap<JobId, Held>,
    /// How many there may be before those are looked for that nobody let go.
    sweep_at: usize,
}

/// One attempt.
struct Held {
    attempt: Attempt,
    inbox: mpsc::Sender<Control>,
    /// There since something was first said.
    reader: Option<Reader>,
}

/// Whoever reads for one attempt.
struct Reader {
    news: Arc<Notify>,
    task: AbortHandle,
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Inboxes {
    pub(super) fn new(core: Arc<Core>) -> Self {
        Self { core, held: Mutex::default() }
    }

    /// The inbox of an attempt that begins.
    pub(super) fn open(&self, attempt: Attempt) -> mpsc::Receiver<Control> {
        let (inbox, control) = mpsc::channel(INBOX);
        let mut held = lock(&self.held);
        held.by_job.insert(attempt.job, Held { attempt, inbox, reader: None });
        held.sweep();
        control
    }

    /// Closes the inbox of an attempt that is over.
    pub(super) fn close(&self, attempt: &Attempt) {
        let mut held = lock(&self.held);
        if held.by_job.get(&attempt.job).is_some_and(|held| held.attempt == *attempt) {
            held.by_job.remove(&attempt.job);
        }
    }

    /// Takes word that something was said: the job, a space, and the attempt's number.
    pub(super) fn hear(&self, told: &[u8]) {
        let Some((job, number)) = std::str::from_utf8(told).ok().and_then(|told| told.split_once(' ')) else {
            return;
        };
        let (Ok(job), Ok(number)) = (job.parse::<JobId>(), number.parse::<u32>()) else { return };
        if let Some(held) = lock(&self.held).by_job.get_mut(&job).filter(|held| held.attempt.number == number)
        {
            held.look(&self.core);
        }
    }

    /// Reads all inboxes: words may have been missed.
    pub(super) fn look_everywhere(&self) {
        for held in lock(&self.held).by_job.values_mut() {
            held.look(&self.core);
        }
    }

    /// Says of the attempt at this job, if it runs here and has stopped listening, that it has.
    pub(super) async fn own_up(&self, job: JobId) -> Result<(), BrokerError> {
        let deaf = {
            let held = lock(&self.held);
            held.by_job.get(&job).filter(|held| held.inbox.is_closed()).map(|held| held.attempt.clone())
        };
        match deaf {
            Some(attempt) => is_deaf(&self.core, &attempt).await,
            None => Ok(()),
        }
    }
}

impl Attempts {
    /// Forgets those that were dropped and never let go. Now and then, so that it costs nothing for each.
    fn sweep(&mut self) {
        if self.by_job.len() > self.sweep_at {
            self.by_job.retain(|_, held| !held.inbox.is_closed());
            self.sweep_at = self.by_job.len() * 2 + 64;
        }
    }
}

impl Held {
    fn look(&mut self, core: &Arc<Core>) {
        if let Some(reader) = &self.reader {
            reader.news.notify_one();
            return;
        }
        let news = Arc::new(Notify::new());
        let reading = read(Arc::clone(core), self.attempt.clone(), self.inbox.clone(), Arc::clone(&news));
        let task = tokio::spawn(reading).abort_handle();
        self.reader = Some(Reader { news, task });
    }
}

/// Reads whatever is said to an attempt, until it stops listening. Ended from outside when the attempt is over.
async fn read(core: Arc<Core>, attempt: Attempt, inbox: mpsc::Sender<Control>, news: Arc<Notify>) {
    let mut from = "0".to_owned();
    while !inbox.is_closed() {
        match page(&core, &attempt, &from).await {
            Ok(messages) if messages.is_empty() => {
                tokio::select! {
                    () = news.notified() => {}
                    () = inbox.closed() => {}
                }
            }
            Ok(messages) => {
                for (place, message) in messages {
                    from = after(&place);
                    if let Some(message) = message::decode(&message) {
                        // Waits while the inbox is full. An error is found above.
                        let _closed = inbox.send(message).await;
                    }
                }
            }
            Err(error) => {
                tracing::debug!(job = %attempt.job, %error, "an attempt's inbox cannot be read; trying again");
                sleep(PAUSE).await;
            }
        }
    }
    if let Err(error) = is_deaf(&core, &attempt).await {
        tracing::debug!(job = %attempt.job, %error, "nobody could be told that an attempt does not listen");
    }
}

/// The messages from this place on, each with its own.
async fn page(core: &Core, attempt: &Attempt, from: &str) -> Result<Vec<(String, Vec<u8>)>, BrokerError> {
    let hear = core.call(&script::HEAR).arg(attempt.job.to_string()).arg(attempt.number).arg(from).arg(PAGE);
    let entries: Vec<(String, Vec<(String, Vec<u8>)>)> =
        core.link.ask(&hear, Twice::Harmless, "read an inbox").await?;
    let message = |fields: Vec<(String, Vec<u8>)>| fields.into_iter().next().map(|(_, message)| message);
    Ok(entries.into_iter().map(|(place, fields)| (place, message(fields).unwrap_or_default())).collect())
}

/// The next place in a stream, whose places are two numbers.
fn after(place: &str) -> String {
    let next = place.split_once('-').and_then(|(ms, n)| Some(format!("{ms}-{}", n.parse::<u64>().ok()? + 1)));
    next.unwrap_or_else(|| place.to_owned())
}

async fn is_deaf(core: &Core, attempt: &Attempt) -> Result<(), BrokerError> {
    let deaf = core.call(&script::DEAF);
    core.link.ask(&core.attempt(deaf, attempt), Twice::Harmless, "close an inbox").await
}
