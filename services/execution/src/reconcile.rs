//! Reconciler: compares records with the queue, enqueues lost tickets, fails abandoned jobs and deletes expired records.
//!
//! Idempotent: any number of rounds on any state converge. It never runs a job and never decides its result, except that a job
//! whose attempts have all been lost fails.
//!
//! Of the processes that share a queue, one leader does all of this; the others only read queue statistics and worker presence. A
//! round reads ids and asks the queue once for each page of them, independent of the size of jobs: a whole record is read only
//! when its ticket is missing.

use std::time::Duration;

use broker::{BrokerError, Ticket, TicketState};
use model::{Fault, JobId, Timestamp};
use store::{ObjectsError, StoreError, Unfinished};
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::{Execution, counts, gauges::Gauges, sweep::Sweeper, watch};

/// Interval of expiring leases and of reading queue statistics.
const TICK: Duration = Duration::from_secs(1);
/// Interval of comparing records with the queue.
const COMPARE: Duration = Duration::from_secs(30);
/// Interval of sweeping orphaned objects.
const SWEEP: Duration = Duration::from_mins(5);
/// Term of the leader: another process takes over when it has not been renewed for this long.
const TERM: Duration = Duration::from_secs(10);
/// Minimum age of a record for the comparison: a younger one may not be enqueued yet.
const SETTLED_IN: Duration = Duration::from_secs(5);
/// Records compared or deleted at a time.
const PAGE: usize = 500;

/// Keeps records and queue consistent.
///
/// It ticks every second: as the leader it expires leases and fails jobs that are dead letters; as any process it updates the fleet
/// and the metrics. Every 30 seconds the leader pages through the unfinished records and asks the queue for their tickets. A
/// missing ticket is enqueued again, and a ticket that is older than its record is replaced. The same round deletes records,
/// objects and attempt logs past their retention. Every five minutes a sweep deletes objects that no record lists.
///
/// An error ends the current round only; the next round starts from whatever state it finds.
pub struct Reconciler {
    execution: Execution,
    gauges: Gauges,
}

/// Scope of a comparison with the queue.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Which {
    /// All unfinished records: at the start, before requests are served.
    All,
    /// Records of a minimum age: those of submissions in progress are skipped.
    SettledIn,
}

/// A failed round; the next one starts from the state that it finds.
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
    /// A reconciler of this service. Each process may have one: they elect a leader.
    pub fn new(execution: Execution) -> Self {
        Self { execution, gauges: Gauges::default() }
    }

    /// Enqueues all unfinished records. Call it before workers claim and before requests are served.
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
        let mut leads = false;
        loop {
            tokio::select! {
                // In this order, so that the leader is known before anything else is due.
                biased;
                () = shutdown.cancelled() => break,
                _ = tick.tick() => {
                    let did_lead = std::mem::replace(&mut leads, self.leads().await);
                    counts::reconciling(leads);
                    if leads && !did_lead {
                        // The previous leader may have died in the middle of a round.
                        compare.reset_immediately();
                    }
                    if leads {
                        note("look after leases", self.tick().await);
                    }
                    note("look at the queue", self.look_around().await);
                }
                _ = compare.tick(), if leads => {
                    note("compare records with the queue", self.compare(Which::SettledIn).await);
                    note("forget old records", self.forget().await);
                    note("forget what was logged of old attempts", self.forget_attempts().await);
                }
                _ = sweep.tick(), if leads => note("sweep the objects", sweeper.sweep(&self.execution).await),
            }
        }
        if leads {
            note("leave reconciling to another process", self.resign().await);
        }
    }

    /// Becomes or stays the leader, if no other process is. While the queue is unavailable there is none.
    async fn leads(&self) -> bool {
        match self.execution.broker.lead(TERM).await {
            Ok(leads) => leads,
            Err(error) => {
                note("find out which process reconciles", Err(error.into()));
                false
            }
        }
    }

    async fn resign(&self) -> Result<(), Trouble> {
        Ok(self.execution.broker.resign().await?)
    }

    async fn tick(&self) -> Result<(), Trouble> {
        for id in self.execution.broker.expire().await? {
            self.bury(id).await?;
        }
        Ok(())
    }

    /// What every process reads from the queue: workers and statistics.
    async fn look_around(&self) -> Result<(), Trouble> {
        self.hear_of_workers().await?;
        self.measure().await
    }

    /// Updates the fleet with the toolchains of the live workers.
    async fn hear_of_workers(&self) -> Result<(), Trouble> {
        let workers = self.execution.broker.workers().await?;
        let (mut offers, mut to_come) = (Vec::new(), Vec::new());
        for worker in workers {
            offers.extend(worker.offers);
            to_come.extend(worker.preparing);
        }
        let fleet = &self.execution.fleet;
        fleet.hear_of_what_comes(&offers, &to_come, Timestamp::now());
        fleet.hear(offers, Timestamp::now());
        Ok(())
    }

    async fn measure(&self) -> Result<(), Trouble> {
        let stats = self.execution.broker.stats().await?;
        self.gauges.show(&stats);
        Ok(())
    }

    /// Compares the unfinished records with the queue, oldest first.
    async fn compare(&self, which: Which) -> Result<(), Trouble> {
        let mut after = None;
        loop {
            let page = self.execution.store.unfinished(after, PAGE).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after = Some(last.id);
            let now = Timestamp::now();
            let is_due = |job: &Unfinished| which == Which::All || now.since(job.submitted_at) >= SETTLED_IN;
            let page: Vec<Unfinished> = page.into_iter().filter(is_due).collect();
            let ids: Vec<JobId> = page.iter().map(|job| job.id).collect();
            let states = self.execution.broker.tickets(&ids).await?;
            for (job, state) in page.iter().zip(states) {
                self.restore(job, state).await?;
            }
        }
    }

    async fn restore(&self, job: &Unfinished, state: Option<TicketState>) -> Result<(), Trouble> {
        match state {
            Some(TicketState::Dead) => return self.bury(job.id).await,
            Some(TicketState::Leased) => return Ok(()),
            // A restarted queue may have lost more than the records: its ticket must not hand out an attempt number that the
            // record has seen already.
            Some(TicketState::Waiting) if job.attempt == 0 => return Ok(()),
            Some(TicketState::Waiting) | None => {}
        }
        // A ticket is removed when its record is final, and the page may be older than that.
        let Some(record) = self.execution.store.record(job.id).await? else { return Ok(()) };
        if record.status.is_final() {
            return Ok(());
        }
        let ticket = Ticket::for_job(&record.job, record.job.submitted_at);
        self.execution.broker.enqueue(ticket).await?;
        if state.is_none() {
            metrics::counter!("coderunner_reconciled_jobs_total", "action" => "requeued").increment(1);
            tracing::info!(job = %job.id, "an unfinished job was not in the queue, and is again");
        }
        Ok(())
    }

    /// Fails a job that has no attempts left.
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
            watch::announce_end(&self.execution, id, record.job.attempt).await;
        }
        Ok(())
    }

    async fn forget(&self) -> Result<(), Trouble> {
        let cutoff = Timestamp::now().minus(self.execution.settings.retention);
        loop {
            let gone = self.execution.store.forget_finished_before(cutoff, PAGE).await?;
            metrics::counter!("coderunner_forgotten_records_total").increment(gone.len() as u64);
            // Objects that cannot be deleted now are left to the sweep.
            self.execution.objects.forget_all(&gone).await?;
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
}

fn note(what: &'static str, done: Result<(), Trouble>) {
    if let Err(error) = done {
        error.count();
        tracing::error!(what, %error, "a round of reconciling broke off; the next one goes on");
    }
}
