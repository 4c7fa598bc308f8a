//! Claimer: leases tickets for waiting claims, woken by pub/sub and by polling.

use std::{
    collections::HashMap,
    mem,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use model::{Timestamp, WorkerName};
use tokio::{
    sync::{Notify, oneshot},
    time::sleep,
};

use super::{
    connection::Retry,
    core::Core,
    inbox::Inboxes,
    script,
    ticket_codec::{self, NamedLane},
    worker_presence,
};
use crate::{AbandonReason, Attempt, BrokerError, Claim, Claimant, sync::lock};

const STEP: &str = "lease a ticket";
/// Polling interval of a waiting claim: a notification may be lost with a connection.
const POLL_INTERVAL: Duration = Duration::from_secs(1);
/// Interval of heartbeats of a worker, by the engine's clock.
const HEARTBEAT_INTERVAL: Duration = Duration::from_secs(1);

/// All claims of this process.
pub(super) struct Claimer {
    core: Arc<Core>,
    inboxes: Arc<Inboxes>,
    ready: Arc<Notify>,
    lane_list: Mutex<Arc<LaneList>>,
    waiting: WaitingClaimants,
    /// Last heartbeat of each worker.
    last_heartbeats: Mutex<HashMap<WorkerName, (Claimant, Timestamp)>>,
}

/// A version of the list of lanes.
#[derive(Default)]
struct LaneList {
    version: String,
    lanes: Vec<NamedLane>,
}

impl Claimer {
    pub(super) fn new(core: Arc<Core>, inboxes: Arc<Inboxes>, ready: Arc<Notify>) -> Self {
        let (lane_list, waiting, last_heartbeats) =
            (Mutex::default(), WaitingClaimants::default(), Mutex::default());
        Self { core, inboxes, ready, lane_list, waiting, last_heartbeats }
    }

    /// Waits for tickets that the claimant can run, and leases them.
    pub(super) async fn claim(
        self: &Arc<Self>,
        claimant: &Claimant,
        max: usize,
    ) -> Result<Vec<Claim>, BrokerError> {
        let _guard = self.waiting.enter(claimant.clone());
        loop {
            // Enabled before the attempt to claim, so that a later notification wakes it.
            let ready = self.ready.notified();
            tokio::pin!(ready);
            ready.as_mut().enable();
            // First, so that waiting tickets are grouped by the versions of this claimant, too.
            self.heartbeat(std::slice::from_ref(claimant)).await?;
            let claims = self.try_claim(claimant, max).await?.accept();
            if !claims.is_empty() {
                return Ok(claims);
            }
            tokio::select! {
                () = ready => {}
                () = sleep(POLL_INTERVAL) => {}
            }
        }
    }

    /// Sends heartbeats for all workers with waiting claims, however long they wait.
    pub(super) async fn heartbeat_waiting(&self) -> Result<(), BrokerError> {
        self.heartbeat(&self.waiting.all()).await
    }

    /// Sends heartbeats for these workers, unless they were sent recently.
    async fn heartbeat(&self, claimants: &[Claimant]) -> Result<(), BrokerError> {
        let now = self.core.local_clock.now();
        let due: Vec<&Claimant> = claimants.iter().filter(|claimant| self.is_due(claimant, now)).collect();
        if due.is_empty() { Ok(()) } else { worker_presence::heartbeat(&self.core, &due).await }
    }

    fn is_due(&self, claimant: &Claimant, now: Timestamp) -> bool {
        let mut last_heartbeats = lock(&self.last_heartbeats);
        let is_recent = last_heartbeats
            .get(&claimant.worker)
            .is_some_and(|(as_what, at)| as_what == claimant && now.since(*at) < HEARTBEAT_INTERVAL);
        if !is_recent {
            last_heartbeats.insert(claimant.worker.clone(), (claimant.clone(), now));
        }
        !is_recent
    }

    /// Leases available tickets. Runs in a task of its own, so that a reply is never lost when the claimant
    /// goes away.
    async fn try_claim(
        self: &Arc<Self>,
        claimant: &Claimant,
        max: usize,
    ) -> Result<UndeliveredClaims, BrokerError> {
        let (reply, answer) = oneshot::channel();
        let (claims, claimant) = (Arc::clone(self), claimant.clone());
        tokio::spawn(async move {
            let leased = claims.lease(&claimant, max).await;
            // If the claims are dropped before `accept`, they are abandoned.
            let _gone = reply.send(leased);
        });
        answer.await.unwrap_or(Err(BrokerError::Closed))
    }

    async fn lease(&self, claimant: &Claimant, max: usize) -> Result<UndeliveredClaims, BrokerError> {
        loop {
            let lanes = Arc::clone(&lock(&self.lane_list));
            let mut call = self
                .core
                .call(&script::CLAIM)
                .arg(self.core.lease_ms())
                .arg(claimant.worker.as_str())
                .arg(&self.core.process)
                .arg(max)
                .arg(&lanes.version);
            for lane in lanes.lanes.iter().filter(|lane| lane.is_for(claimant)) {
                call = call.arg(&lane.name);
            }
            let answer: Vec<Vec<u8>> = self.core.connection.request(&call, Retry::Never, STEP).await?;
            let mut answer = answer.into_iter();
            let version = answer.next().unwrap_or_default();
            if version.is_empty() {
                return self.start_attempts(claimant, answer);
            }
            let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
            let lanes = answer.filter_map(|name| NamedLane::parse(text(name))).collect();
            *lock(&self.lane_list) = Arc::new(LaneList { version: text(version), lanes });
        }
    }

    /// Makes claims of the reply, which alternates bodies and attempt numbers.
    fn start_attempts(
        &self,
        claimant: &Claimant,
        mut answer: impl Iterator<Item = Vec<u8>>,
    ) -> Result<UndeliveredClaims, BrokerError> {
        let mut leased = UndeliveredClaims { claims: Vec::new(), core: Arc::clone(&self.core) };
        while let (Some(body), Some(number)) = (answer.next(), answer.next()) {
            let number = std::str::from_utf8(&number).ok().and_then(|number| number.parse().ok());
            let ticket = ticket_codec::decode(&body, number.unwrap_or_default())
                .map_err(|source| BrokerError::Storage { step: STEP, source: Box::new(source) })?;
            let attempt =
                Attempt { job: ticket.job, number: ticket.attempts_begun, worker: claimant.worker.clone() };
            let control = self.inboxes.open(attempt.clone());
            leased.claims.push(Claim { ticket, attempt, control });
        }
        Ok(leased)
    }
}

/// Claims on their way to the claimant. If they are dropped before `accept`, they are abandoned.
struct UndeliveredClaims {
    claims: Vec<Claim>,
    core: Arc<Core>,
}

impl UndeliveredClaims {
    fn accept(mut self) -> Vec<Claim> {
        mem::take(&mut self.claims)
    }
}

impl Drop for UndeliveredClaims {
    fn drop(&mut self) {
        for claim in self.claims.drain(..) {
            let core = Arc::clone(&self.core);
            tokio::spawn(async move {
                if let Err(error) = core.abandon(&claim.attempt, &AbandonReason::Drained).await {
                    tracing::warn!(job = %claim.attempt.job, %error, "an undelivered lease cannot be abandoned and will expire");
                }
            });
        }
    }
}

/// The claimants that wait in this process.
#[derive(Default)]
struct WaitingClaimants {
    next: AtomicU64,
    claimants: Arc<Mutex<HashMap<u64, Claimant>>>,
}

/// Registration of a waiting claimant, until it is dropped.
struct WaitingGuard {
    number: u64,
    claimants: Arc<Mutex<HashMap<u64, Claimant>>>,
}

impl WaitingClaimants {
    fn enter(&self, claimant: Claimant) -> WaitingGuard {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        lock(&self.claimants).insert(number, claimant);
        WaitingGuard { number, claimants: Arc::clone(&self.claimants) }
    }

    fn all(&self) -> Vec<Claimant> {
        lock(&self.claimants).values().cloned().collect()
    }
}

impl Drop for WaitingGuard {
    fn drop(&mut self) {
        lock(&self.claimants).remove(&self.number);
    }
}
