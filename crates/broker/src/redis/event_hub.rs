//! Event hub: copies of the event logs with subscribers in this process, one per job, shared by its
//! subscribers.
//!
//! A copy starts with the events stored in Redis and continues with pub/sub messages. It is dropped with the
//! last subscriber.

use std::{
    collections::HashMap,
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll},
};

use model::{Event, JobEvent, JobId, Seq, Timestamp};
use tokio::{
    sync::{mpsc, oneshot, watch},
    time::timeout,
};
use tokio_stream::Stream;

use super::{
    connection::{Call, ConnectionError, Retry},
    core::{Core, StreamEntry},
};
use crate::{BrokerError, EventStream, event_log::EventLog, sync::lock};

/// Events read at a time.
const PAGE: usize = 512;
const STEP: &str = "watch a job";

/// Change of the channels that the pub/sub connection listens to.
pub(super) enum SubscriptionCommand {
    /// Subscribe to the events of this job, and confirm.
    Subscribe(JobId, oneshot::Sender<()>),
    /// Unsubscribe from the events of this job.
    Unsubscribe(JobId),
}

/// All jobs with subscribers.
pub(super) struct EventHub {
    copies: Mutex<HashMap<JobId, SharedCopy>>,
    commands: mpsc::UnboundedSender<SubscriptionCommand>,
    max_per_job: usize,
}

/// A copy with its number of subscribers.
struct SharedCopy {
    copy: Arc<EventLogCopy>,
    subscribers: usize,
}

/// The copy of an event log.
struct EventLogCopy {
    log: Arc<EventLog>,
    /// New events are kept here while older ones are missing.
    gap: Mutex<Option<Vec<Event>>>,
    state: watch::Sender<CopyState>,
}

/// Whether the stored events have been loaded.
#[derive(Clone)]
enum CopyState {
    Loading,
    Ready,
    Failed(Arc<BrokerError>),
}

impl EventHub {
    pub(super) fn new(commands: mpsc::UnboundedSender<SubscriptionCommand>, max_per_job: usize) -> Self {
        Self { copies: Mutex::default(), commands, max_per_job }
    }

    /// Stream of a job's events after `after`. No event is missed from the moment this returns.
    pub(super) async fn subscribe(
        self: &Arc<Self>,
        core: &Arc<Core>,
        job: JobId,
        after: Option<Seq>,
    ) -> Result<EventStream, BrokerError> {
        let guard = self.add_subscriber(core, job);
        let mut state = guard.copy.state.subscribe();
        // The sender is in the copy, which the guard holds.
        let state =
            state.wait_for(|state| !matches!(state, CopyState::Loading)).await.map(|state| state.clone());
        if let Ok(CopyState::Failed(error)) = state {
            return Err(BrokerError::Unavailable { step: STEP, source: Box::new(error) });
        }
        Ok(Box::pin(CountedStream { events: guard.copy.log.subscribe(after), _guard: guard }))
    }

    /// Adds a subscriber of this job. The first one creates the copy.
    fn add_subscriber(self: &Arc<Self>, core: &Arc<Core>, job: JobId) -> SubscriberGuard {
        let mut copies = lock(&self.copies);
        let shared = copies.entry(job).or_insert_with(|| {
            let copy = Arc::new(EventLogCopy::new());
            let (confirm, subscribed) = oneshot::channel();
            // Sent under the lock, so that subscribe and unsubscribe stay in order. An error means shutdown.
            let _ended = self.commands.send(SubscriptionCommand::Subscribe(job, confirm));
            tokio::spawn(Arc::clone(self).load(Arc::clone(core), job, Arc::clone(&copy), subscribed));
            SharedCopy { copy, subscribers: 0 }
        });
        shared.subscribers += 1;
        SubscriberGuard { hub: Arc::clone(self), job, copy: Arc::clone(&shared.copy) }
    }

    fn remove_subscriber(&self, job: JobId, copy: &Arc<EventLogCopy>) {
        let mut copies = lock(&self.copies);
        let Some(shared) = copies.get_mut(&job).filter(|shared| Arc::ptr_eq(&shared.copy, copy)) else {
            return;
        };
        shared.subscribers -= 1;
        if shared.subscribers == 0 {
            copies.remove(&job);
            let _ended = self.commands.send(SubscriptionCommand::Unsubscribe(job));
        }
    }

    /// Loads a new copy. A copy that cannot be loaded is removed, so that the next subscriber tries again.
    async fn load(
        self: Arc<Self>,
        core: Arc<Core>,
        job: JobId,
        copy: Arc<EventLogCopy>,
        subscribed: oneshot::Receiver<()>,
    ) {
        let loading = async {
            match timeout(core.settings.timeout, subscribed).await {
                Ok(Ok(())) => self.fetch_missing(&core, job, &copy).await,
                _ => Err(ConnectionError::Timeout(core.settings.timeout).with_step(STEP)),
            }
        };
        let state = match loading.await {
            Ok(()) => CopyState::Ready,
            Err(error) => {
                let mut copies = lock(&self.copies);
                if copies.get(&job).is_some_and(|shared| Arc::ptr_eq(&shared.copy, &copy)) {
                    copies.remove(&job);
                    let _ended = self.commands.send(SubscriptionCommand::Unsubscribe(job));
                }
                CopyState::Failed(Arc::new(error))
            }
        };
        copy.state.send_replace(state);
    }

    /// Reads the missing events, then appends the events that were published meanwhile.
    async fn fetch_missing(&self, core: &Core, job: JobId, copy: &EventLogCopy) -> Result<(), BrokerError> {
        loop {
            let after = copy.log.last();
            let events = read_stored(core, job, after).await?;
            let is_all = events.len() < PAGE;
            for event in events {
                copy.log.append(event, self.max_per_job);
            }
            if is_all {
                break;
            }
        }
        let mut gap = lock(&copy.gap);
        for event in gap.take().unwrap_or_default() {
            copy.log.append(event, self.max_per_job);
        }
        Ok(())
    }

    /// Marks a gap in every copy before its next events. Returns the jobs with subscribers.
    pub(super) fn mark_gaps(&self) -> Vec<JobId> {
        let copies = lock(&self.copies);
        for shared in copies.values() {
            lock(&shared.copy.gap).get_or_insert_default();
        }
        copies.keys().copied().collect()
    }

    /// Fills the gaps. If that fails, the connection is broken again and will be made again.
    pub(super) async fn fill_gaps(self: Arc<Self>, core: Arc<Core>) {
        let copies: Vec<_> =
            lock(&self.copies).iter().map(|(job, shared)| (*job, Arc::clone(&shared.copy))).collect();
        for (job, copy) in copies {
            if let Err(error) = self.fetch_missing(&core, job, &copy).await {
                tracing::debug!(%job, %error, "a gap in a job's events could not be filled");
            }
        }
    }

    /// Handles a published event: its `seq`, a space, and the event as JSON.
    pub(super) fn on_event(&self, job: JobId, payload: &[u8]) {
        let Some(copy) = lock(&self.copies).get(&job).map(|shared| Arc::clone(&shared.copy)) else {
            return;
        };
        let Some(event) = decode_notification(payload) else { return };
        match &mut *lock(&copy.gap) {
            Some(waiting) => waiting.push(event),
            None => copy.log.append(event, self.max_per_job),
        }
    }
}

impl EventLogCopy {
    fn new() -> Self {
        Self {
            log: Arc::new(EventLog::new(Timestamp::now())),
            gap: Mutex::new(Some(Vec::new())),
            state: watch::Sender::new(CopyState::Loading),
        }
    }
}

/// `None` for events of a later version.
fn decode_notification(payload: &[u8]) -> Option<Event> {
    let at = payload.iter().position(|byte| *byte == b' ')?;
    let seq = std::str::from_utf8(&payload[..at]).ok()?.parse().ok()?;
    Some(Event { seq: Seq(seq), event: serde_json::from_slice(&payload[at + 1..]).ok()? })
}

/// The first stored events of a job after `after`.
async fn read_stored(core: &Core, job: JobId, after: Option<Seq>) -> Result<Vec<Event>, BrokerError> {
    let from = after.map_or("-".to_owned(), |seq| format!("({}-1", seq.0));
    let range = Call::command("XRANGE")
        .arg(core.key(&format!(":events:{job}")))
        .arg(from)
        .arg("+")
        .arg("COUNT")
        .arg(PAGE);
    let entries: Vec<StreamEntry> = core.connection.request(&range, Retry::Idempotent, STEP).await?;
    Ok(entries.iter().map(|(id, fields)| decode_entry(id, fields)).collect())
}

/// Decodes a stream entry. An unreadable entry becomes empty output, because its `seq` counts.
fn decode_entry(id: &str, fields: &[(String, Vec<u8>)]) -> Event {
    let seq = id.split_once('-').and_then(|(seq, _)| seq.parse().ok()).unwrap_or_default();
    let event = fields.first().and_then(|(_, event)| serde_json::from_slice(event).ok());
    let nothing = || JobEvent::Output { stream: model::Stream::Stdout, text: String::new() };
    Event { seq: Seq(seq), event: event.unwrap_or_else(nothing) }
}

/// A counted subscriber of a job.
struct SubscriberGuard {
    hub: Arc<EventHub>,
    job: JobId,
    copy: Arc<EventLogCopy>,
}

impl Drop for SubscriberGuard {
    fn drop(&mut self) {
        self.hub.remove_subscriber(self.job, &self.copy);
    }
}

/// The events of a copy; the subscriber is counted as long as the stream exists.
struct CountedStream {
    events: EventStream,
    _guard: SubscriberGuard,
}

impl Stream for CountedStream {
    type Item = Event;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Event>> {
        self.events.as_mut().poll_next(context)
    }
}
