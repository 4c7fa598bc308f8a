//! The events of one job in memory, and those who watch it.
//!
//! The embedded engine keeps each job's log here; the engine on Redis keeps its copy of the logs that somebody watches.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures_util::stream;
use model::{Event, JobEvent, Seq, Timestamp};
use tokio::sync::Notify;

use crate::EventStream;

/// What an event takes beside its text, roughly, and so does a log beside its events.
pub(crate) const OVERHEAD: usize = 128;
/// A log that nobody watches or adds to for so long is dropped even if its job never finished.
pub(crate) const IDLE: Duration = Duration::from_mins(10);
/// Events copied to a watcher at a time, so that a late one does not hold the log for long.
const AT_ONCE: usize = 64;

/// One job's events. A watcher holds its log by itself, so one that is slow still reads a dropped log to its end.
#[derive(Debug)]
pub(crate) struct Log {
    pub(crate) state: Mutex<LogState>,
    pub(crate) news: Notify,
}

#[derive(Debug)]
pub(crate) struct LogState {
    events: VecDeque<Event>,
    pub(crate) bytes: usize,
    last: Option<Seq>,
    pub(crate) touched: Timestamp,
    pub(crate) stage: Stage,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    Open,
    Finished,
}

impl Log {
    pub(crate) fn new(now: Timestamp) -> Self {
        let state =
            LogState { events: VecDeque::new(), bytes: 0, last: None, touched: now, stage: Stage::Open };
        Self { state: Mutex::new(state), news: Notify::new() }
    }

    /// Adds an event, if nothing has ended yet and it is not late, and wakes those who watch.
    pub(crate) fn add(&self, event: Event, most: usize) {
        let mut state = lock(&self.state);
        if state.stage == Stage::Finished {
            return;
        }
        state.push(event, most);
        drop(state);
        self.news.notify_waiters();
    }

    /// The place of the last event.
    pub(crate) fn last(&self) -> Option<Seq> {
        lock(&self.state).last
    }

    /// The events after `after`, to the last. A watcher holds the log by itself, and reads it to its end.
    pub(crate) fn follow(self: &Arc<Self>, after: Option<Seq>) -> EventStream {
        let watcher = Watcher { log: Arc::clone(self), after, ahead: VecDeque::new() };
        Box::pin(stream::unfold(watcher, |mut watcher| async {
            let event = watcher.next().await?;
            Some((event, watcher))
        }))
    }

    /// Only asked with the shelf locked, so that nobody begins to watch meanwhile.
    pub(crate) fn is_idle(self: &Arc<Self>, now: Timestamp) -> bool {
        let state = lock(&self.state);
        let spent = state.events.is_empty() || now.since(state.touched) >= IDLE;
        // One reference is the shelf's; each further one is a watcher's.
        spent && state.stage == Stage::Open && Arc::strong_count(self) == 1
    }
}

impl LogState {
    pub(crate) fn push(&mut self, mut event: Event, most: usize) {
        if event.event == JobEvent::Finished {
            // Never taken as late: whoever ends a job that no attempt ended does not know how far the attempts had got.
            let next = self.last.map_or(Seq(0), |last| Seq(last.0 + 1));
            event.seq = event.seq.max(next);
            self.stage = Stage::Finished;
        } else if self.last.is_some_and(|last| event.seq <= last) {
            // From an attempt that lost its lease, or sent twice.
            return;
        }
        self.last = Some(event.seq);
        self.bytes += weight(&event);
        self.events.push_back(event);
        self.shed(most);
    }

    /// Drops the oldest output until at most `most` bytes are left, or no output is.
    fn shed(&mut self, most: usize) {
        while self.bytes > most {
            let oldest = self.events.iter().position(|event| matches!(event.event, JobEvent::Output { .. }));
            let Some(event) = oldest.and_then(|at| self.events.remove(at)) else { return };
            self.bytes -= weight(&event);
        }
    }
}

pub(crate) fn weight(event: &Event) -> usize {
    OVERHEAD
        + match &event.event {
            JobEvent::Output { text, .. } => text.len(),
            JobEvent::Queued { .. }
            | JobEvent::Started { .. }
            | JobEvent::Test { .. }
            | JobEvent::Finished => 0,
        }
}

/// One who watches a job.
struct Watcher {
    log: Arc<Log>,
    after: Option<Seq>,
    /// Copied from the log and not yet given out.
    ahead: VecDeque<Event>,
}

impl Watcher {
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.ahead.pop_front() {
                self.after = Some(event.seq);
                return Some(event);
            }
            // Made before looking, so that what comes after the look wakes it.
            let news = self.log.news.notified();
            let stage = {
                let state = lock(&self.log.state);
                let from = state.events.partition_point(|event| Some(event.seq) <= self.after);
                self.ahead.extend(state.events.iter().skip(from).take(AT_ONCE).cloned());
                state.stage
            };
            match (self.ahead.is_empty(), stage) {
                (false, _) => {}
                (true, Stage::Finished) => return None,
                (true, Stage::Open) => news.await,
            }
        }
    }
}

/// The data stays whole if somebody panicked with the lock: each change is finished before anything that can panic.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
