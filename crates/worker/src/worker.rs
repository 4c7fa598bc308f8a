//! Worker: claims jobs in a loop and starts an attempt for each.

use std::{
    hash::{BuildHasher as _, RandomState},
    sync::Arc,
    time::Duration,
};

use broker::{AbandonReason, Broker, Claim, Claimant, Control};
use model::{Bytes, PoolKind, WorkerName};
use store::{Objects, Store};
use tokio::sync::watch;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use traffic::Backoff;

use crate::{
    Grader, TestDataCache, attempt,
    attempt_slots::{AttemptSlot, AttemptSlots},
    counts,
    lease_keeper::LeaseKeeper,
    shared::Shared,
};

/// Settings of a worker.
#[derive(Debug, Clone)]
pub struct WorkerSettings {
    /// Its name, unique among all that share a broker.
    pub name: WorkerName,
    /// The pool that it serves.
    pub pool: PoolKind,
    /// Number of jobs it runs at once.
    pub slots: u32,
    /// Number of sessions beside them whose programs wait for their clients.
    pub waiting_sessions: u32,
    /// Number of jobs it claims at a time, at most.
    pub batch: usize,
    /// Delay after claims that failed.
    pub backoff: Backoff,
    /// Interval of heartbeats from the client of a live session.
    pub heartbeat: Duration,
    /// Size of inputs, answers and outputs that are kept with a grading.
    pub max_details: Bytes,
}

impl WorkerSettings {
    /// The usual [`WorkerSettings::max_details`].
    pub const MAX_DETAILS: Bytes = Bytes::mib(1);

    /// The default settings for this many slots of a pool.
    pub fn new(name: WorkerName, pool: PoolKind, slots: u32) -> Self {
        let (heartbeat, max_details) = (Control::HEARTBEAT, Self::MAX_DETAILS);
        Self {
            name,
            pool,
            slots,
            waiting_sessions: 0,
            batch: 5,
            backoff: Backoff::default(),
            heartbeat,
            max_details,
        }
    }
}

/// Whether a worker claims jobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClaimState {
    /// It claims jobs.
    Claiming,
    /// It finishes its attempts and claims nothing.
    Paused,
}

/// Services that a worker uses.
#[derive(Clone)]
pub struct WorkerParts {
    /// The records.
    pub store: Store,
    /// Object store for artifacts, large code and test data.
    pub objects: Objects,
    /// The queue.
    pub broker: Arc<dyn Broker>,
    /// Runs and judges programs in sandboxes.
    pub grader: Grader,
    /// Suites and test data.
    pub test_data: TestDataCache,
}

/// Claims jobs and makes attempts at them, as many at once as it has slots. Sessions that wait for their clients do not count.
///
/// [`Worker::work`] is one loop. It waits for a free slot, claims up to [`WorkerSettings::batch`] jobs from the broker, and spawns a task
/// for each, which holds the slot until the attempt has ended. A failed claim is repeated after a growing delay. A claim is dropped and
/// made anew when the toolchains change, since it says which languages this worker has, or when claiming is paused.
///
/// A task beside the loop renews the leases of all attempts three times in each lease time. An attempt whose lease is lost is stopped:
/// another worker has its job, and its result would be refused.
///
/// After `shutdown` the loop claims nothing more and waits for its attempts. The token of [`Worker::with_requeue_token`] ends that wait:
/// running programs are stopped, and their jobs go back to the queue without counting as failed.
pub struct Worker {
    shared: Shared,
    settings: WorkerSettings,
    claim_state: watch::Receiver<ClaimState>,
    /// Changes when the toolchains do.
    toolchains: watch::Receiver<()>,
}

impl Worker {
    /// A worker that has not begun.
    pub fn new(parts: WorkerParts, settings: WorkerSettings) -> Self {
        counts::describe();
        let WorkerParts { store, objects, broker, grader, test_data } = parts;
        let WorkerSettings { heartbeat, max_details, .. } = settings;
        let (leases, requeue) = (LeaseKeeper::default(), CancellationToken::new());
        let shared =
            Shared { store, objects, broker, grader, test_data, leases, heartbeat, max_details, requeue };
        // Without a sender it never changes.
        let (_, claim_state) = watch::channel(ClaimState::Claiming);
        let (_, toolchains) = watch::channel(());
        Self { shared, settings, claim_state, toolchains }
    }

    /// The same, but it claims jobs only in the state [`ClaimState::Claiming`].
    #[must_use]
    pub fn with_claim_state(self, claim_state: watch::Receiver<ClaimState>) -> Self {
        Self { claim_state, ..self }
    }

    /// The same, but it claims anew, with its current toolchains, whenever this changes.
    #[must_use]
    pub fn with_toolchain_changes(self, toolchains: watch::Receiver<()>) -> Self {
        Self { toolchains, ..self }
    }

    /// The same, but once the token is cancelled it stops its running attempts and requeues their jobs, which start again from the beginning.
    #[must_use]
    pub fn with_requeue_token(mut self, requeue: CancellationToken) -> Self {
        self.shared.requeue = requeue;
        self
    }

    /// Works until `shutdown` is cancelled; then claims no more, and returns once all attempts have ended.
    pub async fn work(self, shutdown: CancellationToken) {
        let drained = CancellationToken::new();
        let heart =
            tokio::spawn(self.shared.leases.clone().renew(self.shared.broker.clone(), drained.clone()));
        let slots = AttemptSlots::new(self.settings.slots, self.settings.waiting_sessions);
        let attempts = TaskTracker::new();
        let mut errors = 0;
        while let Some(slot) = next_slot(&slots, &shutdown).await {
            if shutdown.run_until_cancelled(self.wait_for_claim_state(ClaimState::Claiming)).await.is_none() {
                break;
            }
            let most = self.settings.batch.min(1 + slots.available());
            match self.claim(most, &shutdown).await {
                Ok(claims) => {
                    errors = 0;
                    self.start(claims, slot, &slots, &attempts).await;
                }
                Err(error) => {
                    errors += 1;
                    let wait = self.settings.backoff.after(errors, jitter());
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
            () = self.wait_for_claim_state(ClaimState::Paused) => Ok(Vec::new()),
            () = toolchain_change(toolchains) => Ok(Vec::new()),
            () = shutdown.cancelled() => Ok(Vec::new()),
        }
    }

    /// Waits for this claim state; forever if the sender is gone.
    async fn wait_for_claim_state(&self, claim_state: ClaimState) {
        if self.claim_state.clone().wait_for(|now| *now == claim_state).await.is_err() {
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
        first: AttemptSlot,
        slots: &AttemptSlots,
        attempts: &TaskTracker,
    ) {
        let mut first = Some(first);
        for claim in claims {
            let Some(slot) = first.take().or_else(|| slots.try_acquire()) else {
                self.return_claim(&claim).await;
                continue;
            };
            let shared = self.shared.clone();
            attempts.spawn(Box::pin(attempt::run_attempt(shared, claim, slot)));
        }
    }

    /// Returns a claim beyond the number that was asked for.
    async fn return_claim(&self, claim: &Claim) {
        if let Err(error) = self.shared.broker.abandon(&claim.attempt, AbandonReason::Drained).await {
            counts::engine_failed("queue");
            tracing::warn!(job = %claim.attempt.job, %error, "a surplus claim could not be abandoned");
        }
    }
}

/// Waits for a change; for ever if the sender is gone.
async fn toolchain_change(mut toolchains: watch::Receiver<()>) {
    if toolchains.changed().await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// A random number, so that workers that lost their queue together do not all come back at once.
fn jitter() -> u32 {
    // Each state has keys of its own.
    (RandomState::new().hash_one(0) >> 32) as u32
}

async fn next_slot(slots: &AttemptSlots, shutdown: &CancellationToken) -> Option<AttemptSlot> {
    let slot = shutdown.run_until_cancelled(slots.acquire()).await?;
    Some(slot).filter(|_| !shutdown.is_cancelled())
}
