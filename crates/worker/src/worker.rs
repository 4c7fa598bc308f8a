//! The loop that claims.

use std::{sync::Arc, time::Duration};

use broker::{Abandonment, Broker, Claim, Claimant, Control};
use model::{Bytes, PoolKind, WorkerName};
use store::{Objects, Store};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{Grader, Shelf, attempt, held::Held};

/// How a worker works.
#[derive(Debug, Clone)]
pub struct WorkerSettings {
    /// Its name, unique among all that share a broker.
    pub name: WorkerName,
    /// The pool that it serves.
    pub pool: PoolKind,
    /// How many jobs it runs at once.
    pub slots: u32,
    /// How many jobs it claims at a time, at most.
    pub batch: usize,
    /// How long it waits after a failed claim, at first; doubled each time.
    pub backoff: Duration,
    /// And at most.
    pub longest_backoff: Duration,
    /// How often the other end of a live session is to be heard of.
    pub beat: Duration,
    /// How much of inputs, answers and outputs is kept with a grading.
    pub most_shown: Bytes,
}

impl WorkerSettings {
    /// The usual [`WorkerSettings::most_shown`].
    pub const MOST_SHOWN: Bytes = Bytes::mib(1);

    /// The default settings for this many slots of a pool.
    pub fn new(name: WorkerName, pool: PoolKind, slots: u32) -> Self {
        let (backoff, longest_backoff) = (Duration::from_millis(100), Duration::from_secs(30));
        let (beat, most_shown) = (Control::BEAT, Self::MOST_SHOWN);
        Self { name, pool, slots, batch: 5, backoff, longest_backoff, beat, most_shown }
    }
}

/// Whether a worker takes jobs. Off duty it finishes what it has begun, and leaves the rest to others or for later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Duty {
    /// It does.
    On,
    /// It does not.
    Off,
}

/// What a worker works with.
#[derive(Clone)]
pub struct Parts {
    /// The records.
    pub store: Store,
    /// Where the files go that programs leave behind.
    pub objects: Objects,
    /// The queue.
    pub broker: Arc<dyn Broker>,
    /// What runs and judges, in the sandboxes.
    pub grader: Grader,
    /// What is judged by.
    pub shelf: Shelf,
}

/// Claims jobs and makes attempts at them, as many at once as it has slots.
pub struct Worker {
    shared: Shared,
    settings: WorkerSettings,
    duty: watch::Receiver<Duty>,
}

/// What each attempt needs. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Shared {
    pub(crate) store: Store,
    pub(crate) objects: Objects,
    pub(crate) broker: Arc<dyn Broker>,
    pub(crate) grader: Grader,
    pub(crate) shelf: Shelf,
    pub(crate) held: Held,
    pub(crate) beat: Duration,
    pub(crate) most_shown: Bytes,
}

impl Worker {
    /// A worker that has not begun.
    pub fn new(parts: Parts, settings: WorkerSettings) -> Self {
        describe_metrics();
        let Parts { store, objects, broker, grader, shelf } = parts;
        let WorkerSettings { beat, most_shown, .. } = settings;
        let shared =
            Shared { store, objects, broker, grader, shelf, held: Held::default(), beat, most_shown };
        // Nobody is there to change it.
        let (_, duty) = watch::channel(Duty::On);
        Self { shared, settings, duty }
    }

    /// The same, but it takes jobs only while this says so.
    #[must_use]
    pub fn on_duty_when(self, duty: watch::Receiver<Duty>) -> Self {
        Self { duty, ..self }
    }

    /// Works until `shutdown` is cancelled; then claims no more, and returns once what runs has ended.
    pub async fn work(self, shutdown: CancellationToken) {
        let drained = CancellationToken::new();
        let heart = tokio::spawn(self.shared.held.clone().renew(self.shared.broker.clone(), drained.clone()));
        let slots = Arc::new(Semaphore::new(self.settings.slots as usize));
        let attempts = TaskTracker::new();
        let mut backoff = self.settings.backoff;
        while let Some(slot) = next_slot(&slots, &shutdown).await {
            if shutdown.run_until_cancelled(self.until_duty(Duty::On)).await.is_none() {
                break;
            }
            let most = self.settings.batch.min(1 + slots.available_permits());
            match self.claim(most, &shutdown).await {
                Ok(claims) => {
                    backoff = self.settings.backoff;
                    self.start(claims, slot, &slots, &attempts).await;
                }
                Err(error) => {
                    tracing::warn!(%error, wait = ?backoff, "could not claim");
                    shutdown.run_until_cancelled(tokio::time::sleep(backoff)).await;
                    backoff = (backoff * 2).min(self.settings.longest_backoff);
                }
            }
        }
        attempts.close();
        attempts.wait().await;
        // Leases are renewed to the very end of what runs.
        drained.cancel();
        if let Err(error) = heart.await {
            tracing::error!(%error, "renewing leases ended badly");
        }
    }

    async fn claim(
        &self,
        most: usize,
        shutdown: &CancellationToken,
    ) -> Result<Vec<Claim>, broker::BrokerError> {
        let claimant = self.claimant();
        // A claim dropped here loses nothing: see the contract.
        tokio::select! {
            claims = self.shared.broker.claim(&claimant, most) => claims,
            () = self.until_duty(Duty::Off) => Ok(Vec::new()),
            () = shutdown.cancelled() => Ok(Vec::new()),
        }
    }

    /// Waits for it; for ever if nobody is there to say so any more.
    async fn until_duty(&self, duty: Duty) {
        if self.duty.clone().wait_for(|now| *now == duty).await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    fn claimant(&self) -> Claimant {
        Claimant {
            worker: self.settings.name.clone(),
            pools: vec![(self.settings.pool, self.settings.slots)],
            offers: self.shared.grader.runner().languages().offers(),
        }
    }

    async fn start(
        &self,
        claims: Vec<Claim>,
        first: OwnedSemaphorePermit,
        slots: &Arc<Semaphore>,
        attempts: &TaskTracker,
    ) {
        let mut first = Some(first);
        for claim in claims {
            let Some(slot) = first.take().or_else(|| slots.clone().try_acquire_owned().ok()) else {
                self.hand_back(&claim).await;
                continue;
            };
            let shared = self.shared.clone();
            attempts.spawn(async move {
                attempt::make(shared, claim).await;
                drop(slot);
            });
        }
    }

    /// A broker that leases more than it was asked for gets the rest back.
    async fn hand_back(&self, claim: &Claim) {
        if let Err(error) = self.shared.broker.abandon(&claim.attempt, Abandonment::Drained).await {
            tracing::warn!(job = %claim.attempt.job, %error, "a claim too many could not be given back");
        }
    }
}

async fn next_slot(slots: &Arc<Semaphore>, shutdown: &CancellationToken) -> Option<OwnedSemaphorePermit> {
    let slot = shutdown.run_until_cancelled(slots.clone().acquire_owned()).await?;
    slot.ok().filter(|_| !shutdown.is_cancelled())
}

fn describe_metrics() {
    metrics::describe_counter!("coderunner_jobs_total", "Jobs that ended here, by status.");
    metrics::describe_counter!("coderunner_gradings_total", "Submissions that were judged, by verdict.");
    metrics::describe_counter!(
        "coderunner_artifacts_total",
        "Files that programs left behind and that were kept."
    );
    metrics::describe_histogram!(
        "coderunner_queue_wait_seconds",
        metrics::Unit::Seconds,
        "How long jobs waited to be claimed, by pool."
    );
    metrics::describe_histogram!(
        "coderunner_run_cpu_seconds",
        metrics::Unit::Seconds,
        "CPU time of programs, compiling not included."
    );
    metrics::describe_histogram!(
        "coderunner_run_wall_seconds",
        metrics::Unit::Seconds,
        "Time of programs on the clock, compiling not included."
    );
}
