//! The events of jobs, in memory, for those who watch now and those who come a little later.
//!
//! Nothing here is durable and nothing is fenced: the record is the truth, this is how quickly one hears of it. A log
//! lives from the first event or watcher until some time after [`JobEvent::Finished`]. Memory is bounded per job and in
//! all; what is dropped first is what was finished first.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex},
};

use model::{Event, JobId, Seq, Timestamp};

use super::EventSettings;
use crate::{
    EventStream,
    log::{Log, OVERHEAD, Stage, lock},
};

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
        lock(&self.shelf).log(job, now).follow(after)
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
