//! Event logs of all jobs, in memory, bounded by bytes, for current and late subscribers.
//!
//! The logs are neither durable nor fenced: the record is the source of truth, and events only announce it
//! early. A log exists from the first event or subscription until some time after [`JobEvent::Finished`].
//! Memory is bounded per job and in total; the logs that finished first are dropped first.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex},
};

use model::{Event, JobId, Seq, Timestamp};

use crate::{
    EventSettings, EventStream,
    event_log::{EVENT_OVERHEAD, EventLog, LogStage},
    sync::lock,
};

/// All logs.
#[derive(Debug)]
pub(super) struct EventLogs {
    settings: EventSettings,
    table: Mutex<LogTable>,
}

#[derive(Debug, Default)]
struct LogTable {
    logs: HashMap<JobId, Arc<EventLog>>,
    /// In the order of finishing.
    finished: VecDeque<(Timestamp, JobId)>,
    bytes: usize,
}

impl EventLogs {
    pub(super) fn new(settings: EventSettings) -> Self {
        Self { settings, table: Mutex::default() }
    }

    /// Appends an event and wakes the subscribers.
    pub(super) fn publish(&self, job: JobId, event: Event, now: Timestamp) {
        let mut table = lock(&self.table);
        let log = table.log(job, now);
        let mut state = lock(&log.state);
        if state.stage == LogStage::Finished {
            return;
        }
        let before = state.bytes;
        state.push(event, self.settings.max_per_job.as_usize());
        state.last_used = now;
        table.bytes = table.bytes + state.bytes - before;
        if state.stage == LogStage::Finished {
            table.finished.push_back((now, job));
        }
        drop(state);
        table.evict_finished(self.settings.max_total.as_usize());
        drop(table);
        log.appended.notify_waiters();
    }

    /// Stream of the events of this job after `after`, until the last.
    pub(super) fn subscribe(&self, job: JobId, after: Option<Seq>, now: Timestamp) -> EventStream {
        lock(&self.table).log(job, now).subscribe(after)
    }

    /// Drops logs after their retention.
    pub(super) fn evict(&self, now: Timestamp) {
        let mut table = lock(&self.table);
        while let Some(&(at, job)) = table.finished.front()
            && now.since(at) >= self.settings.keep_finished
        {
            table.finished.pop_front();
            table.remove(job);
        }
        let idle: Vec<JobId> =
            table.logs.iter().filter(|(_, log)| log.is_idle(now)).map(|(job, _)| *job).collect();
        for job in idle {
            table.remove(job);
        }
    }
}

impl LogTable {
    fn log(&mut self, job: JobId, now: Timestamp) -> Arc<EventLog> {
        let log = self.logs.entry(job).or_insert_with(|| {
            self.bytes += EVENT_OVERHEAD;
            Arc::new(EventLog::new(now))
        });
        Arc::clone(log)
    }

    fn remove(&mut self, job: JobId) {
        if let Some(log) = self.logs.remove(&job) {
            self.bytes -= EVENT_OVERHEAD + lock(&log.state).bytes;
        }
    }

    fn evict_finished(&mut self, max_bytes: usize) {
        while self.bytes > max_bytes {
            let Some((_, job)) = self.finished.pop_front() else { return };
            self.remove(job);
        }
    }
}
