//! Event log: the events of one job in memory, with its subscriptions.
//!
//! The embedded engine keeps each job's log here. The engine on Redis keeps copies of the logs that have
//! subscribers in this process.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use futures_util::stream;
use model::{DrawCommand, Event, JobEvent, Seq, Timestamp};
use tokio::sync::Notify;

use crate::{contract::EventStream, metrics::SubscriptionGauge, sync::lock};

/// Approximate memory of an event besides its text, and of a log besides its events.
pub(crate) const EVENT_OVERHEAD: usize = 128;
/// A log without subscribers and new events for this time is dropped even if its job never finished.
pub(crate) const IDLE_TTL: Duration = Duration::from_mins(10);
/// Events that a subscription copies at a time, so that a late subscriber does not hold the lock for long.
const READ_BATCH: usize = 64;

/// The events of one job. A subscription owns a reference, so a slow subscriber reads a dropped log to its end.
#[derive(Debug)]
pub(crate) struct EventLog {
    pub(crate) state: Mutex<EventLogState>,
    pub(crate) appended: Notify,
}

#[derive(Debug)]
pub(crate) struct EventLogState {
    events: VecDeque<Event>,
    pub(crate) bytes: usize,
    last: Option<Seq>,
    pub(crate) last_used: Timestamp,
    pub(crate) stage: LogStage,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LogStage {
    Open,
    Finished,
}

impl EventLog {
    pub(crate) fn new(now: Timestamp) -> Self {
        let state = EventLogState {
            events: VecDeque::new(),
            bytes: 0,
            last: None,
            last_used: now,
            stage: LogStage::Open,
        };
        Self { state: Mutex::new(state), appended: Notify::new() }
    }

    /// Appends an event, unless the log is finished or the event is late, and wakes the subscribers.
    pub(crate) fn append(&self, event: Event, max_bytes: usize) {
        let mut state = lock(&self.state);
        if state.stage == LogStage::Finished {
            return;
        }
        state.push(event, max_bytes);
        drop(state);
        self.appended.notify_waiters();
    }

    /// `seq` of the last event.
    pub(crate) fn last(&self) -> Option<Seq> {
        lock(&self.state).last
    }

    /// Stream of the events after `after`, until the last. The stream owns a reference to the log.
    pub(crate) fn subscribe(self: &Arc<Self>, after: Option<Seq>) -> EventStream {
        let subscription = Subscription {
            log: Arc::clone(self),
            after,
            buffered: VecDeque::new(),
            _gauge: SubscriptionGauge::increment(),
        };
        Box::pin(stream::unfold(subscription, |mut subscription| async {
            let event = subscription.next().await?;
            Some((event, subscription))
        }))
    }

    /// Whether the log can be dropped. Call it with the log table locked, so that no subscription can start
    /// meanwhile.
    pub(crate) fn is_idle(self: &Arc<Self>, now: Timestamp) -> bool {
        let state = lock(&self.state);
        let spent = state.events.is_empty() || now.since(state.last_used) >= IDLE_TTL;
        // The log table holds one reference; each subscription holds one more.
        spent && state.stage == LogStage::Open && Arc::strong_count(self) == 1
    }
}

impl EventLogState {
    pub(crate) fn push(&mut self, mut event: Event, max_bytes: usize) {
        if event.event == JobEvent::Finished {
            // Never dropped as late: a process that ends a job between attempts does not know the last `seq`.
            let next = self.last.map_or(Seq(0), |last| Seq(last.0 + 1));
            event.seq = event.seq.max(next);
            self.stage = LogStage::Finished;
        } else if self.last.is_some_and(|last| event.seq <= last) {
            // From an attempt that lost its lease, or sent twice.
            return;
        }
        self.last = Some(event.seq);
        self.bytes += event_size(&event);
        self.events.push_back(event);
        self.drop_oldest_output(max_bytes);
    }

    /// Drops the oldest output until at most `max_bytes` bytes, or no output, are left.
    fn drop_oldest_output(&mut self, max_bytes: usize) {
        while self.bytes > max_bytes {
            let oldest = self.events.iter().position(|event| is_output(&event.event));
            let Some(event) = oldest.and_then(|at| self.events.remove(at)) else { return };
            self.bytes -= event_size(&event);
        }
    }
}

/// Whether it is something that the program wrote, drew or showed.
const fn is_output(event: &JobEvent) -> bool {
    match event {
        JobEvent::Output { .. } | JobEvent::Draw { .. } | JobEvent::Image(_) => true,
        JobEvent::Queued { .. } | JobEvent::Started { .. } | JobEvent::Test { .. } | JobEvent::Finished => {
            false
        }
    }
}

pub(crate) fn event_size(event: &Event) -> usize {
    EVENT_OVERHEAD
        + match &event.event {
            JobEvent::Output { text, .. } => text.len(),
            JobEvent::Draw { commands } => commands.iter().map(DrawCommand::size).sum(),
            JobEvent::Image(image) => image.content.len(),
            JobEvent::Queued { .. }
            | JobEvent::Started { .. }
            | JobEvent::Test { .. }
            | JobEvent::Finished => 0,
        }
}

/// A subscription to a log.
struct Subscription {
    log: Arc<EventLog>,
    after: Option<Seq>,
    /// Events copied from the log and not yet returned.
    buffered: VecDeque<Event>,
    _gauge: SubscriptionGauge,
}

impl Subscription {
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.buffered.pop_front() {
                self.after = Some(event.seq);
                return Some(event);
            }
            // Created before the log is read, so that an event appended after the read wakes it.
            let appended = self.log.appended.notified();
            let stage = {
                let state = lock(&self.log.state);
                let from = state.events.partition_point(|event| Some(event.seq) <= self.after);
                self.buffered.extend(state.events.iter().skip(from).take(READ_BATCH).cloned());
                state.stage
            };
            match (self.buffered.is_empty(), stage) {
                (false, _) => {}
                (true, LogStage::Finished) => return None,
                (true, LogStage::Open) => appended.await,
            }
        }
    }
}
