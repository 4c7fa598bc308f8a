//! Keeps records and queue in agreement, whatever was killed in between.
//!
//! Idempotent: any number of rounds, on any state, end in the same one. It never runs a job and never decides what came
//! of one, except that a job whose workers died too often has failed.

use std::time::Duration;

use broker::{BrokerError, Ticket, TicketState};
use model::{Fault, Job, JobId, Timestamp};
use store::{ObjectsError, StoreError};
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::{Execution, counts, gauges::Gauges, sweep::Sweeper, watch};

/// How often leases and retries are looked after.
const TICK: Duration = Duration::from_secs(1);
/// How often records are compared with the queue.
const COMPARE: Duration = Duration::from_secs(30);
/// How often objects are looked for that no record lists.
const SWEEP: Duration = Duration::from_mins(5);
/// A younger record may be on its way into the queue right now.
const SETTLED_IN: Duration = Duration::from_secs(5);
/// Records looked at, or forgotten, at a time.
const PAGE: usize = 500;

/// Brings back into the queue what it lost, ends what it gave up on, and forgets what is old, files included.
pub struct Reconciler {
    execution: Execution,
    gauges: Gauges,
}

/// Which unfinished records are compared with the queue.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Which {
    /// All: nobody submits yet.
    All,
    /// Those that are not just being submitted.
    SettledIn,
}

/// A round that could not be finished; the next one goes on from what it finds.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Trouble {
    #[error("the records: {0}")]
    Store(#[from] StoreError),
    #[error("the objects: {0}")]
    Objects(#[from] ObjectsError),
    #[error("the queue: {0}")]
    Broker(#[from] BrokerError),
}

impl Trouble {
    fn count(&self) {
        let engine = match self {
            Self::Store(_) => "records",
            Self::Objects(_) => "objects",
            Self::Broker(_) => "queue",
        };
        counts::engine_failed(engine);
    }
}

impl Reconciler {
    /// The reconciler of this service. One per installation is enough; more do no harm.
    pub fn new(execution: Execution) -> Self {
        Self { execution, gauges: Gauges::default() }
    }

    /// Puts all unfinished records into the queue. To be called before workers claim and before anything is submitted.
    pub async fn rebuild(&self) {
        note("rebuild the queue", self.compare(Which::All).await);
    }

    /// Reconciles until the token is cancelled.
    pub async fn run(self, shutdown: CancellationToken) {
        let mut tick = interval(TICK);
        let mut compare = interval(COMPARE);
        let (mut sweep, mut sweeper) = (interval(SWEEP), Sweeper::default());
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        compare.set_missed_tick_behavior(MissedTickBehavior::Delay);
        sweep.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = shutdown.cancelled() => return,
                _ = tick.tick() => note("look after leases", self.tick().await),
                _ = compare.tick() => {
                    note("compare records with the queue", self.compare(Which::SettledIn).await);
                    note("forget old records", self.forget().await);
                    note("forget what was logged of old attempts", self.forget_attempts().await);
                }
                _ = sweep.tick() => note("sweep the objects", sweeper.sweep(&self.execution).await),
            }
        }
    }

    async fn tick(&self) -> Result<(), Trouble> {
        for id in self.execution.broker.expire().await? {
            self.bury(id).await?;
        }
        self.hear_of_workers().await?;
        self.measure().await
    }

    /// Notes what the workers have that are about.
    async fn hear_of_workers(&self) -> Result<(), Trouble> {
        let workers = self.execution.broker.workers().await?;
        let offers = workers.into_iter().flat_map(|worker| worker.offers);
        self.execution.fleet.hear(offers, Timestamp::now());
        Ok(())
    }

    async fn measure(&self) -> Result<(), Trouble> {
        let stats = self.execution.broker.stats().await?;
        self.gauges.show(&stats);
        Ok(())
    }

    /// Goes through the unfinished records, oldest first.
    async fn compare(&self, which: Which) -> Result<(), Trouble> {
        let mut after = None;
        loop {
            let page = self.execution.store.unfinished(after, PAGE).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after = Some(last.id);
            let now = Timestamp::now();
            for job in &page {
                if which == Which::All || now.since(job.submitted_at) >= SETTLED_IN {
                    self.restore(job, which).await?;
                }
            }
        }
    }

    async fn restore(&self, job: &Job, which: Which) -> Result<(), Trouble> {
        let state = self.execution.broker.ticket(job.id).await?;
        match state {
            Some(TicketState::Dead) => return self.bury(job.id).await,
            Some(TicketState::Leased) => return Ok(()),
            // A queue that was started again may have gone back further than the records: its ticket must not hand out an
            // attempt that the record has seen.
            Some(TicketState::Waiting) if which == Which::SettledIn && job.attempt == 0 => return Ok(()),
            Some(TicketState::Waiting) | None => {}
        }
        // A ticket goes once its record is final; the page may be older than that.
        let Some(record) = self.execution.store.record(job.id).await? else { return Ok(()) };
        if record.status.is_final() {
            return Ok(());
        }
        let ticket = Ticket::of(&record.job, record.job.submitted_at);
        self.execution.broker.enqueue(ticket).await?;
        if state.is_none() {
            metrics::counter!("coderunner_reconciled_jobs_total", "action" => "requeued").increment(1);
            tracing::info!(job = %job.id, "an unfinished job was not in the queue, and is again");
        }
        Ok(())
    }

    /// Ends a job whose attempts have run out.
    async fn bury(&self, id: JobId) -> Result<(), Trouble> {
        let Some(record) = self.execution.store.record(id).await? else { return Ok(()) };
        let times = match record.job.attempt {
            0 | 1 => "once".to_owned(),
            2 => "twice".to_owned(),
            attempts => format!("{attempts} times"),
        };
        let fault = Fault::new(format!(
            "The worker running this job was lost {times}, so we gave up. This is our fault, not the program's."
        ));
        let now = Timestamp::now();
        self.execution.store.log_lost(&record, now).await?;
        if self.execution.store.fail_unfinished(id, &fault, now).await? {
            metrics::counter!("coderunner_reconciled_jobs_total", "action" => "failed").increment(1);
            tracing::error!(job = %id, attempts = record.job.attempt, "a job's attempts have run out");
            watch::announce_end(&self.execution, &record.job).await;
        }
        Ok(())
    }

    async fn forget(&self) -> Result<(), Trouble> {
        let cutoff = Timestamp::now().minus(self.execution.settings.retention);
        loop {
            let gone = self.execution.store.forget_finished_before(cutoff, PAGE).await?;
            metrics::counter!("coderunner_forgotten_records_total").increment(gone.len() as u64);
            self.forget_files(&gone).await?;
            if gone.len() < PAGE {
                return Ok(());
            }
        }
    }

    async fn forget_attempts(&self) -> Result<(), Trouble> {
        let cutoff = Timestamp::now().minus(self.execution.settings.attempt_log);
        while self.execution.store.forget_attempts_before(cutoff, PAGE).await? == PAGE {}
        Ok(())
    }

    /// Deletes the files of jobs whose records are gone. Those that cannot be deleted now are found by the sweep.
    async fn forget_files(&self, gone: &[JobId]) -> Result<(), Trouble> {
        if gone.is_empty() {
            return Ok(());
        }
        // Most jobs have none.
        let with_files = self.execution.objects.jobs().await?;
        for id in gone.iter().filter(|id| with_files.binary_search(id).is_ok()) {
            self.execution.objects.forget(*id).await?;
        }
        Ok(())
    }
}

fn note(what: &'static str, done: Result<(), Trouble>) {
    if let Err(error) = done {
        error.count();
        tracing::error!(what, %error, "a round of reconciling broke off; the next one goes on");
    }
}
