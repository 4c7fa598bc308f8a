//! Reconciler: compares records with the queue, enqueues lost tickets, fails dead letters and deletes expired records.
//!
//! Idempotent: any number of rounds on any state converge. It never runs a job and never decides its result, except that a job
//! whose attempts have all been lost fails.
//!
//! Of the processes that share a queue, one leader does all of this; the others only read queue statistics and worker presence. A
//! round reads ids and asks the queue once for each page of them, independent of the size of jobs: a whole record is read only
//! when its ticket is missing.

use std::time::Duration;

use broker::{Ticket, TicketState};
use model::{Fault, JobId, Timestamp};
use store::UnfinishedJob;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::{
    Execution, job_watch,
    reconciliation::{
        error::ReconcileError, object_sweep::ObjectSweeper, queue_gauges::QueueGauges, retention,
    },
    service_metrics::{self, Leadership},
};

/// Interval of expiring leases and of reading queue statistics.
const TICK_INTERVAL: Duration = Duration::from_secs(1);
/// Interval of comparing records with the queue.
const COMPARE_INTERVAL: Duration = Duration::from_secs(30);
/// Interval of sweeping orphaned objects.
const SWEEP_INTERVAL: Duration = Duration::from_mins(5);
/// Term of the leader: another process takes over when it has not been renewed for this long.
const LEADER_TERM: Duration = Duration::from_secs(10);
/// Minimum age of a record for the comparison: a younger one may not be enqueued yet.
const MIN_RECORD_AGE: Duration = Duration::from_secs(5);
/// Number of records that are compared at a time.
const PAGE_SIZE: usize = 500;

/// Keeps records and queue consistent.
///
/// It ticks every second: as the leader it expires leases and fails jobs that are dead letters; as any process it updates the fleet
/// and the metrics. Every 30 seconds the leader pages through the unfinished records and asks the queue for their tickets. A
/// missing ticket is enqueued again, and a ticket that is older than its record is replaced. The same round deletes records,
/// objects, shares and attempt logs past their retention. Every five minutes a sweep deletes objects that no record lists.
///
/// An error ends the current round only; the next round starts from whatever state it finds.
pub struct Reconciler {
    execution: Execution,
    gauges: QueueGauges,
}

/// Scope of a comparison with the queue.
#[derive(Clone, Copy, PartialEq, Eq)]
enum CompareScope {
    /// All unfinished records: at the start, before requests are served.
    All,
    /// Records of a minimum age: those of submissions in progress are skipped.
    Settled,
}

impl Reconciler {
    /// A reconciler of this service. Each process may have one: they elect a leader.
    pub fn new(execution: Execution) -> Self {
        Self { execution, gauges: QueueGauges::default() }
    }

    /// Enqueues all unfinished records. Call it before workers claim and before requests are served.
    pub async fn rebuild(&self) {
        log_failure("rebuild the queue", self.compare(CompareScope::All).await);
    }

    /// Reconciles until the token is cancelled.
    pub async fn run(self, shutdown: CancellationToken) {
        let mut tick = interval(TICK_INTERVAL);
        let mut compare = interval(COMPARE_INTERVAL);
        let (mut sweep, mut sweeper) = (interval(SWEEP_INTERVAL), ObjectSweeper::default());
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        compare.set_missed_tick_behavior(MissedTickBehavior::Delay);
        sweep.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut is_leader = false;
        loop {
            tokio::select! {
                // In this order, so that the leader is known before anything else is due.
                biased;
                () = shutdown.cancelled() => break,
                _ = tick.tick() => {
                    let was_leader = std::mem::replace(&mut is_leader, self.try_lead().await);
                    service_metrics::set_leadership(if is_leader { Leadership::Leader } else { Leadership::Follower });
                    if is_leader && !was_leader {
                        // The previous leader may have died in the middle of a round.
                        compare.reset_immediately();
                    }
                    if is_leader {
                        log_failure("expire leases", self.expire_leases().await);
                    }
                    log_failure("read statistics of the queue", self.observe_queue().await);
                }
                _ = compare.tick(), if is_leader => {
                    log_failure("compare records with the queue", self.compare(CompareScope::Settled).await);
                    log_failure("delete expired records", retention::delete_expired_results(&self.execution).await);
                    log_failure("delete expired shares", retention::delete_expired_shares(&self.execution).await);
                    log_failure("delete expired attempt logs", retention::delete_expired_attempt_logs(&self.execution).await);
                }
                _ = sweep.tick(), if is_leader => log_failure("sweep orphaned objects", sweeper.sweep(&self.execution).await),
            }
        }
        if is_leader {
            log_failure("resign as the leader", self.resign().await);
        }
    }

    /// Becomes or stays the leader, if no other process is. While the queue is unavailable there is none.
    async fn try_lead(&self) -> bool {
        match self.execution.broker().lead(LEADER_TERM).await {
            Ok(is_leader) => is_leader,
            Err(error) => {
                log_failure("become the leader", Err(error.into()));
                false
            }
        }
    }

    async fn resign(&self) -> Result<(), ReconcileError> {
        Ok(self.execution.broker().resign().await?)
    }

    async fn expire_leases(&self) -> Result<(), ReconcileError> {
        for id in self.execution.broker().expire_leases().await? {
            self.fail_dead_letter(id).await?;
        }
        Ok(())
    }

    /// Reads the data that every process needs from the queue: workers and statistics.
    async fn observe_queue(&self) -> Result<(), ReconcileError> {
        self.update_fleet().await?;
        self.update_gauges().await
    }

    /// Updates the fleet with the toolchains of the live workers.
    async fn update_fleet(&self) -> Result<(), ReconcileError> {
        let workers = self.execution.broker().workers().await?;
        let (mut offers, mut preparing) = (Vec::new(), Vec::new());
        for worker in workers {
            offers.extend(worker.offers);
            preparing.extend(worker.preparing);
        }
        let fleet = self.execution.fleet();
        fleet.announce_preparing(&offers, &preparing, Timestamp::now());
        fleet.announce(offers, Timestamp::now());
        Ok(())
    }

    async fn update_gauges(&self) -> Result<(), ReconcileError> {
        let stats = self.execution.broker().stats().await?;
        self.gauges.update(&stats);
        Ok(())
    }

    /// Compares the unfinished records with the queue, oldest first.
    async fn compare(&self, scope: CompareScope) -> Result<(), ReconcileError> {
        let mut after = None;
        loop {
            let page = self.execution.store().unfinished(after, PAGE_SIZE).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after = Some(last.id);
            let now = Timestamp::now();
            let is_due = |job: &UnfinishedJob| {
                scope == CompareScope::All || now.since(job.submitted_at) >= MIN_RECORD_AGE
            };
            let page: Vec<UnfinishedJob> = page.into_iter().filter(is_due).collect();
            let ids: Vec<JobId> = page.iter().map(|job| job.id).collect();
            let states = self.execution.broker().tickets(&ids).await?;
            for (job, state) in page.iter().zip(states) {
                self.restore(job, state).await?;
            }
        }
    }

    async fn restore(&self, job: &UnfinishedJob, state: Option<TicketState>) -> Result<(), ReconcileError> {
        match state {
            Some(TicketState::Dead) => return self.fail_dead_letter(job.id).await,
            Some(TicketState::Leased) => return Ok(()),
            // A restarted queue may have lost more than the records: its ticket must not hand out an attempt number that the
            // record has seen already.
            Some(TicketState::Waiting) if job.attempt == 0 => return Ok(()),
            Some(TicketState::Waiting) | None => {}
        }
        // A ticket is removed when its record is final, and the page may be older than that.
        let Some(record) = self.execution.store().record(job.id).await? else { return Ok(()) };
        if record.status.is_final() {
            return Ok(());
        }
        let ticket = Ticket::for_job(&record.job, record.job.submitted_at);
        self.execution.broker().enqueue(ticket).await?;
        if state.is_none() {
            metrics::counter!("coderunner_reconciled_jobs_total", "action" => "requeued").increment(1);
            tracing::info!(job = %job.id, "an unfinished job was not in the queue, and is again");
        }
        Ok(())
    }

    /// Fails a job that has no attempts left.
    async fn fail_dead_letter(&self, id: JobId) -> Result<(), ReconcileError> {
        let Some(record) = self.execution.store().record(id).await? else { return Ok(()) };
        let times = match record.job.attempt {
            0 | 1 => "once".to_owned(),
            2 => "twice".to_owned(),
            attempts => format!("{attempts} times"),
        };
        let fault = Fault::new(format!(
            "The worker running this job was lost {times}, so we gave up. This is our fault, not the program's."
        ));
        let now = Timestamp::now();
        self.execution.store().log_lost_attempt(&record, now).await?;
        if self.execution.store().fail_unfinished(id, &fault, now).await? {
            metrics::counter!("coderunner_reconciled_jobs_total", "action" => "failed").increment(1);
            tracing::error!(job = %id, attempts = record.job.attempt, "a job's attempts have run out");
            job_watch::publish_finished(&self.execution, id, record.job.attempt).await;
        }
        Ok(())
    }
}

fn log_failure(step: &'static str, result: Result<(), ReconcileError>) {
    if let Err(error) = result {
        error.count();
        tracing::error!(step, %error, "a reconciliation round failed; the next one continues");
    }
}
