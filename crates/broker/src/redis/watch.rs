//! Those who watch jobs: a copy of the log of each watched job, shared by all who watch it here.
//!
//! A copy begins with what Redis has kept of the job's events and goes on with what it tells. It goes when nobody watches.

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
    Core,
    link::{Call, LinkError, Twice},
    radio::Order,
};
use crate::{
    BrokerError, EventStream,
    log::{Log, lock},
};

/// Events read at a time.
const PAGE: usize = 512;
const STEP: &str = "watch a job";

/// All watched jobs.
pub(super) struct Hub {
    copies: Mutex<HashMap<JobId, Watched>>,
    orders: mpsc::UnboundedSender<Order>,
    most_per_job: usize,
}

/// A copy, and how many watch it.
struct Watched {
    copy: Arc<Copied>,
    watchers: usize,
}

/// The copy of a log.
struct Copied {
    log: Arc<Log>,
    /// While there is a gap before what is told now, that is kept here.
    gap: Mutex<Option<Vec<Event>>>,
    begun: watch::Sender<Begun>,
}

/// Whether a copy has what was there before.
#[derive(Clone)]
enum Begun {
    NotYet,
    Yes,
    Failed(Arc<BrokerError>),
}

impl Hub {
    pub(super) fn new(orders: mpsc::UnboundedSender<Order>, most_per_job: usize) -> Self {
        Self { copies: Mutex::default(), orders, most_per_job }
    }

    /// The events of a job after `after`. From when this returns, none is missed.
    pub(super) async fn follow(
        self: &Arc<Self>,
        core: &Arc<Core>,
        job: JobId,
        after: Option<Seq>,
    ) -> Result<EventStream, BrokerError> {
        let watcher = self.enter(core, job);
        let mut begun = watcher.copy.begun.subscribe();
        // The sender is in the copy, which the watcher holds.
        let begun = begun.wait_for(|begun| !matches!(begun, Begun::NotYet)).await.map(|begun| begun.clone());
        if let Ok(Begun::Failed(why)) = begun {
            return Err(BrokerError::Unavailable { step: STEP, source: Box::new(why) });
        }
        Ok(Box::pin(Following { events: watcher.copy.log.follow(after), _watcher: watcher }))
    }

    /// Counts one more who watches this job. The first has it copied.
    fn enter(self: &Arc<Self>, core: &Arc<Core>, job: JobId) -> Watcher {
        let mut copies = lock(&self.copies);
        let watched = copies.entry(job).or_insert_with(|| {
            let copy = Arc::new(Copied::new());
            let (told, tuned) = oneshot::channel();
            // Under the lock, so that joining and leaving come in their order. An error means that all of it ends.
            let _ended = self.orders.send(Order::Tune(job, told));
            tokio::spawn(Arc::clone(self).begin(Arc::clone(core), job, Arc::clone(&copy), tuned));
            Watched { copy, watchers: 0 }
        });
        watched.watchers += 1;
        Watcher { hub: Arc::clone(self), job, copy: Arc::clone(&watched.copy) }
    }

    fn leave(&self, job: JobId, copy: &Arc<Copied>) {
        let mut copies = lock(&self.copies);
        let Some(watched) = copies.get_mut(&job).filter(|watched| Arc::ptr_eq(&watched.copy, copy)) else {
            return;
        };
        watched.watchers -= 1;
        if watched.watchers == 0 {
            copies.remove(&job);
            let _ended = self.orders.send(Order::Leave(job));
        }
    }

    /// Fills a new copy. One that cannot be filled is forgotten, so that the next to come tries again.
    async fn begin(
        self: Arc<Self>,
        core: Arc<Core>,
        job: JobId,
        copy: Arc<Copied>,
        tuned: oneshot::Receiver<()>,
    ) {
        let filling = async {
            match timeout(core.settings.patience, tuned).await {
                Ok(Ok(())) => self.fill(&core, job, &copy).await,
                _ => Err(LinkError::Slow(core.settings.patience).while_trying_to(STEP)),
            }
        };
        let begun = match filling.await {
            Ok(()) => Begun::Yes,
            Err(error) => {
                let mut copies = lock(&self.copies);
                if copies.get(&job).is_some_and(|watched| Arc::ptr_eq(&watched.copy, &copy)) {
                    copies.remove(&job);
                    let _ended = self.orders.send(Order::Leave(job));
                }
                Begun::Failed(Arc::new(error))
            }
        };
        copy.begun.send_replace(begun);
    }

    /// Reads what the copy lacks, then adds what was told meanwhile.
    async fn fill(&self, core: &Core, job: JobId, copy: &Copied) -> Result<(), BrokerError> {
        loop {
            let after = copy.log.last();
            let events = kept(core, job, after).await?;
            let is_all = events.len() < PAGE;
            for event in events {
                copy.log.add(event, self.most_per_job);
            }
            if is_all {
                break;
            }
        }
        let mut gap = lock(&copy.gap);
        for event in gap.take().unwrap_or_default() {
            copy.log.add(event, self.most_per_job);
        }
        Ok(())
    }

    /// What is told from now on comes after a gap. Returns the watched jobs.
    pub(super) fn expect_gaps(&self) -> Vec<JobId> {
        let copies = lock(&self.copies);
        for watched in copies.values() {
            lock(&watched.copy.gap).get_or_insert_default();
        }
        copies.keys().copied().collect()
    }

    /// Fills the gaps. When that fails, the connection is broken again, and will be made again.
    pub(super) async fn catch_up(self: Arc<Self>, core: Arc<Core>) {
        let copies: Vec<_> =
            lock(&self.copies).iter().map(|(job, watched)| (*job, Arc::clone(&watched.copy))).collect();
        for (job, copy) in copies {
            if let Err(error) = self.fill(&core, job, &copy).await {
                tracing::debug!(%job, %error, "a watched job's events could not be caught up with");
            }
        }
    }

    /// Takes an event that Redis told: its place, a space, and what happened.
    pub(super) fn hear(&self, job: JobId, told: &[u8]) {
        let Some(copy) = lock(&self.copies).get(&job).map(|watched| Arc::clone(&watched.copy)) else {
            return;
        };
        let Some(event) = heard(told) else { return };
        match &mut *lock(&copy.gap) {
            Some(waiting) => waiting.push(event),
            None => copy.log.add(event, self.most_per_job),
        }
    }
}

impl Copied {
    fn new() -> Self {
        Self {
            log: Arc::new(Log::new(Timestamp::now())),
            gap: Mutex::new(Some(Vec::new())),
            begun: watch::Sender::new(Begun::NotYet),
        }
    }
}

/// None for what a later version may tell.
fn heard(told: &[u8]) -> Option<Event> {
    let at = told.iter().position(|byte| *byte == b' ')?;
    let seq = std::str::from_utf8(&told[..at]).ok()?.parse().ok()?;
    Some(Event { seq: Seq(seq), event: serde_json::from_slice(&told[at + 1..]).ok()? })
}

/// The first events of a job after `after` that Redis has kept.
async fn kept(core: &Core, job: JobId, after: Option<Seq>) -> Result<Vec<Event>, BrokerError> {
    let from = after.map_or("-".to_owned(), |seq| format!("({}-1", seq.0));
    let range = Call::command("XRANGE")
        .arg(core.key(&format!(":events:{job}")))
        .arg(from)
        .arg("+")
        .arg("COUNT")
        .arg(PAGE);
    let entries: Vec<(String, Vec<(String, Vec<u8>)>)> = core.link.ask(&range, Twice::Harmless, STEP).await?;
    Ok(entries.iter().map(|(place, fields)| entry(place, fields)).collect())
}

/// An entry of the stream. What cannot be read is told as output of nothing: its place counts.
fn entry(place: &str, fields: &[(String, Vec<u8>)]) -> Event {
    let seq = place.split_once('-').and_then(|(seq, _)| seq.parse().ok()).unwrap_or_default();
    let event = fields.first().and_then(|(_, event)| serde_json::from_slice(event).ok());
    let nothing = || JobEvent::Output { stream: model::Stream::Stdout, text: String::new() };
    Event { seq: Seq(seq), event: event.unwrap_or_else(nothing) }
}

/// One who watches a job, counted.
struct Watcher {
    hub: Arc<Hub>,
    job: JobId,
    copy: Arc<Copied>,
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.hub.leave(self.job, &self.copy);
    }
}

/// The events of a copy, for as long as its watcher is counted.
struct Following {
    events: EventStream,
    _watcher: Watcher,
}

impl Stream for Following {
    type Item = Event;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Event>> {
        self.events.as_mut().poll_next(context)
    }
}
