//! The loop that claims.

use std::{
    hash::{BuildHasher as _, RandomState},
    sync::Arc,
    time::Duration,
};

use broker::{AbandonReason, Broker, Claim, Claimant, Control};
use model::{Bytes, PoolKind, WorkerName};
use store::{Objects, Store};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use traffic::Backoff;

use crate::{Grader, Shelf, attempt, counts, held::Held};

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
    /// How long it waits after claims that failed.
    pub backoff: Backoff,
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
        let (beat, most_shown) = (Control::HEARTBEAT, Self::MOST_SHOWN);
        Self { name, pool, slots, batch: 5, backoff: Backoff::default(), beat, most_shown }
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
    /// Changes when the toolchains do.
    toolchains: watch::Receiver<()>,
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
    pub(crate) given_back: CancellationToken,
}

impl Worker {
    /// A worker that has not begun.
    pub fn new(parts: Parts, settings: WorkerSettings) -> Self {
        counts::describe();
        let Parts { store, objects, broker, grader, shelf } = parts;
        let WorkerSettings { beat, most_shown, .. } = settings;
        let (held, given_back) = (Held::default(), CancellationToken::new());
        let shared = Shared { store, objects, broker, grader, shelf, held, beat, most_shown, given_back };
        // Nobody is there to change it.
        let (_, duty) = watch::channel(Duty::On);
        let (_, toolchains) = watch::channel(());
        Self { shared, settings, duty, toolchains }
    }

    /// The same, but it takes jobs only while this says so.
    #[must_use]
    pub fn on_duty_when(self, duty: watch::Receiver<Duty>) -> Self {
        Self { duty, ..self }
    }

    /// The same, but whenever this changes it says anew what it can run.
    #[must_use]
    pub fn offering_anew_when(self, toolchains: watch::Receiver<()>) -> Self {
        Self { toolchains, ..self }
    }

    /// The same, but once the token is cancelled it stops what runs and gives it back, to be run again from its beginning.
    #[must_use]
    pub fn giving_back_when(mut self, given_back: CancellationToken) -> Self {
        self.shared.given_back = given_back;
        self
    }

    /// Works until `shutdown` is cancelled; then claims no more, and returns once what runs has ended.
    pub async fn work(self, shutdown: CancellationToken) {
        let drained = CancellationToken::new();
        let heart = tokio::spawn(self.shared.held.clone().renew(self.shared.broker.clone(), drained.clone()));
        let slots = Arc::new(Semaphore::new(self.settings.slots as usize));
        let attempts = TaskTracker::new();
        let mut errors = 0;
        while let Some(slot) = next_slot(&slots, &shutdown).await {
            if shutdown.run_until_cancelled(self.until_duty(Duty::On)).await.is_none() {
                break;
            }
            let most = self.settings.batch.min(1 + slots.available_permits());
            match self.claim(most, &shutdown).await {
                Ok(claims) => {
                    errors = 0;
                    self.start(claims, slot, &slots, &attempts).await;
                }
                Err(error) => {
                    errors += 1;
                    let wait = self.settings.backoff.after(errors, chance());
                    counts::engine_failed("queue");
                    tracing::warn!(%error, ?wait, "could not claim");
                    shutdown.run_until_cancelled(tokio::time::sleep(wait)).await;
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
        let mut toolchains = self.toolchains.clone();
        // Before it is looked what there is, so that no change is missed.
        toolchains.mark_unchanged();
        let claimant = self.claimant();
        // A claim dropped here loses nothing: see the contract.
        tokio::select! {
            claims = self.shared.broker.claim(&claimant, most) => claims,
            () = self.until_duty(Duty::Off) => Ok(Vec::new()),
            () = changed(toolchains) => Ok(Vec::new()),
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
        let languages = self.shared.grader.runner().languages();
        Claimant {
            worker: self.settings.name.clone(),
            pools: vec![(self.settings.pool, self.settings.slots)],
            offers: languages.toolchains(),
            preparing: languages.preparing_toolchains(),
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
                Box::pin(attempt::make(shared, claim)).await;
                drop(slot);
            });
        }
    }

    /// A broker that leases more than it was asked for gets the rest back.
    async fn hand_back(&self, claim: &Claim) {
        if let Err(error) = self.shared.broker.abandon(&claim.attempt, AbandonReason::Drained).await {
            counts::engine_failed("queue");
            tracing::warn!(job = %claim.attempt.job, %error, "a claim too many could not be given back");
        }
    }
}

/// Waits for a change; for ever if nobody is there to make one any more.
async fn changed(mut toolchains: watch::Receiver<()>) {
    if toolchains.changed().await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// A number that nobody knows before, so that workers that lost their queue together do not all come back at once.
fn chance() -> u32 {
    // Each state has keys of its own.
    (RandomState::new().hash_one(0) >> 32) as u32
}

async fn next_slot(slots: &Arc<Semaphore>, shutdown: &CancellationToken) -> Option<OwnedSemaphorePermit> {
    let slot = shutdown.run_until_cancelled(slots.clone().acquire_owned()).await?;
    slot.ok().filter(|_| !shutdown.is_cancelled())
}
