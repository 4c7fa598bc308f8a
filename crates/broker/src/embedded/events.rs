//! The events of jobs, in memory, for those who watch now and those who come a little later.
//!
//! Nothing here is durable and nothing is fenced: the record is the truth, this is how quickly one hears of it. A log
//! lives from the first event or watcher until some time after [`JobEvent::Finished`]. Memory is bounded per job and in
//! all; what is dropped first is what was finished first.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures_util::stream;
use model::{Event, JobEvent, JobId, Seq, Timestamp};
use tokio::sync::Notify;

use super::EventSettings;
use crate::EventStream;

/// What an event takes beside its text, roughly, and so does a log beside its events.
const OVERHEAD: usize = 128;
/// A log that nobody watches or adds to for so long is dropped even if its job never finished.
const IDLE: Duration = Duration::from_mins(10);
/// Events copied to a watcher at a time, so that a late one does not hold the log for long.
const AT_ONCE: usize = 64;

/// All logs.
#[derive(Debug)]
pub(super) struct EventLogs {
    settings: EventSettings,
    shelf: Mutex<Shelf>,
}

#[derive(Debug, Default)]
struct Shelf {
    logs: HashMap<JobId, Arc<Log>>,
    /// In the order in which they finished.
    finished: VecDeque<(Timestamp, JobId)>,
    bytes: usize,
}

/// One job's events. A watcher holds its log by itself, so one that is slow still reads a dropped log to its end.
#[derive(Debug)]
struct Log {
    state: Mutex<LogState>,
    news: Notify,
}

#[derive(Debug)]
struct LogState {
    events: VecDeque<Event>,
    bytes: usize,
    last: Option<Seq>,
    touched: Timestamp,
    stage: Stage,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Open,
    Finished,
}

impl EventLogs {
    pub(super) fn new(settings: EventSettings) -> Self {
        Self { settings, shelf: Mutex::default() }
    }

    /// Adds an event and wakes those who watch.
    pub(super) fn publish(&self, job: JobId, event: Event, now: Timestamp) {
        let mut shelf = lock(&self.shelf);
        let log = shelf.log(job, now);
        let mut state = lock(&log.state);
        if state.stage == Stage::Finished {
            return;
        }
        let before = state.bytes;
        state.push(event, self.settings.most_per_job.as_usize());
        state.touched = now;
        shelf.bytes = shelf.bytes + state.bytes - before;
        if state.stage == Stage::Finished {
            shelf.finished.push_back((now, job));
        }
        drop(state);
        shelf.shrink_to(self.settings.most_in_all.as_usize());
        drop(shelf);
        log.news.notify_waiters();
    }

    /// The events of this job after `after`, to the last.
    pub(super) fn follow(&self, job: JobId, after: Option<Seq>, now: Timestamp) -> EventStream {
        let log = lock(&self.shelf).log(job, now);
        let watcher = Watcher { log, after, ahead: VecDeque::new() };
        Box::pin(stream::unfold(watcher, |mut watcher| async {
            let event = watcher.next().await?;
            Some((event, watcher))
        }))
    }

    /// Drops the logs that have been kept long enough.
    pub(super) fn tidy(&self, now: Timestamp) {
        let mut shelf = lock(&self.shelf);
        while let Some(&(at, job)) = shelf.finished.front()
            && now.since(at) >= self.settings.keep_finished
        {
            shelf.finished.pop_front();
            shelf.forget(job);
        }
        let idle: Vec<JobId> =
            shelf.logs.iter().filter(|(_, log)| log.is_idle(now)).map(|(job, _)| *job).collect();
        for job in idle {
            shelf.forget(job);
        }
    }
}

impl Shelf {
    fn log(&mut self, job: JobId, now: Timestamp) -> Arc<Log> {
        let log = self.logs.entry(job).or_insert_with(|| {
            self.bytes += OVERHEAD;
            Arc::new(Log::new(now))
        });
        Arc::clone(log)
    }

    fn forget(&mut self, job: JobId) {
        if let Some(log) = self.logs.remove(&job) {
            self.bytes -= OVERHEAD + lock(&log.state).bytes;
        }
    }

    fn shrink_to(&mut self, most: usize) {
        while self.bytes > most {
            let Some((_, job)) = self.finished.pop_front() else { return };
            self.forget(job);
        }
    }
}

impl Log {
    fn new(now: Timestamp) -> Self {
        let state =
            LogState { events: VecDeque::new(), bytes: 0, last: None, touched: now, stage: Stage::Open };
        Self { state: Mutex::new(state), news: Notify::new() }
    }

    /// Only asked with the shelf locked, so that nobody begins to watch meanwhile.
    fn is_idle(self: &Arc<Self>, now: Timestamp) -> bool {
        let state = lock(&self.state);
        let spent = state.events.is_empty() || now.since(state.touched) >= IDLE;
        // One reference is the shelf's; each further one is a watcher's.
        spent && state.stage == Stage::Open && Arc::strong_count(self) == 1
    }
}

impl LogState {
    fn push(&mut self, mut event: Event, most: usize) {
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

fn weight(event: &Event) -> usize {
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
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
