//! Claiming: asks for tickets, waits for word that some came, and asks again.

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
    Core,
    form::{self, Lane},
    inbox::Inboxes,
    link::Twice,
    roll, script,
};
use crate::{Abandonment, Attempt, BrokerError, Claim, Claimant, log::lock};

const STEP: &str = "lease a ticket";
/// How often a claim that waits looks although nobody told it to: word may be lost with a connection.
const LOOK: Duration = Duration::from_secs(1);
/// How often a worker's name is called, by the engine's clock.
const ROLL: Duration = Duration::from_secs(1);

/// All that claim in this process.
pub(super) struct Claims {
    core: Arc<Core>,
    inboxes: Arc<Inboxes>,
    ready: Arc<Notify>,
    known: Mutex<Arc<Lanes>>,
    waiting: Waiting,
    /// When each worker's name was last called.
    called: Mutex<HashMap<WorkerName, (Claimant, Timestamp)>>,
}

/// The lanes that there were when this version of their list was read.
#[derive(Default)]
struct Lanes {
    version: String,
    lanes: Vec<Lane>,
}

impl Claims {
    pub(super) fn new(core: Arc<Core>, inboxes: Arc<Inboxes>, ready: Arc<Notify>) -> Self {
        let (known, waiting, called) = (Mutex::default(), Waiting::default(), Mutex::default());
        Self { core, inboxes, ready, known, waiting, called }
    }

    /// Waits until there is something for the claimant, and leases it.
    pub(super) async fn claim(
        self: &Arc<Self>,
        claimant: &Claimant,
        most: usize,
    ) -> Result<Vec<Claim>, BrokerError> {
        let _counted = self.waiting.enter(claimant.clone());
        loop {
            // Listened for before looking, so that what comes after the look wakes it.
            let ready = self.ready.notified();
            tokio::pin!(ready);
            ready.as_mut().enable();
            // First, so that what waits is filed by what this claimant offers, too.
            self.call(std::slice::from_ref(claimant)).await?;
            let claims = self.look(claimant, most).await?.accept();
            if !claims.is_empty() {
                return Ok(claims);
            }
            tokio::select! {
                () = ready => {}
                () = sleep(LOOK) => {}
            }
        }
    }

    /// Calls the names of all who wait here: they are about, however long they wait.
    pub(super) async fn call_roll(&self) -> Result<(), BrokerError> {
        self.call(&self.waiting.all()).await
    }

    /// Calls these names, unless they were called just now.
    async fn call(&self, claimants: &[Claimant]) -> Result<(), BrokerError> {
        let now = self.core.pace.now();
        let due: Vec<&Claimant> = claimants.iter().filter(|claimant| self.is_due(claimant, now)).collect();
        if due.is_empty() { Ok(()) } else { roll::present(&self.core, &due).await }
    }

    fn is_due(&self, claimant: &Claimant, now: Timestamp) -> bool {
        let mut called = lock(&self.called);
        let is_called = called
            .get(&claimant.worker)
            .is_some_and(|(as_what, at)| as_what == claimant && now.since(*at) < ROLL);
        if !is_called {
            called.insert(claimant.worker.clone(), (claimant.clone(), now));
        }
        !is_called
    }

    /// Leases what is there now. In a task of its own, so that an answer is never lost on the way to a claimant who went.
    async fn look(self: &Arc<Self>, claimant: &Claimant, most: usize) -> Result<Leased, BrokerError> {
        let (asker, answer) = oneshot::channel();
        let (claims, claimant) = (Arc::clone(self), claimant.clone());
        tokio::spawn(async move {
            let leased = claims.lease(&claimant, most).await;
            // Dropped unaccepted, leases are given back.
            let _gone = asker.send(leased);
        });
        answer.await.unwrap_or(Err(BrokerError::Closed))
    }

    async fn lease(&self, claimant: &Claimant, most: usize) -> Result<Leased, BrokerError> {
        loop {
            let lanes = Arc::clone(&lock(&self.known));
            let mut call = self
                .core
                .call(&script::CLAIM)
                .arg(self.core.lease_ms())
                .arg(claimant.worker.as_str())
                .arg(&self.core.name)
                .arg(most)
                .arg(&lanes.version);
            for lane in lanes.lanes.iter().filter(|lane| lane.is_for(claimant)) {
                call = call.arg(&lane.name);
            }
            let answer: Vec<Vec<u8>> = self.core.link.ask(&call, Twice::No, STEP).await?;
            let mut answer = answer.into_iter();
            let version = answer.next().unwrap_or_default();
            if version.is_empty() {
                return self.begin(claimant, answer);
            }
            let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
            let lanes = answer.filter_map(|name| Lane::read(text(name))).collect();
            *lock(&self.known) = Arc::new(Lanes { version: text(version), lanes });
        }
    }

    /// Makes claims of an answer: bodies and numbers, in turn.
    fn begin(
        &self,
        claimant: &Claimant,
        mut answer: impl Iterator<Item = Vec<u8>>,
    ) -> Result<Leased, BrokerError> {
        let mut leased = Leased { claims: Vec::new(), core: Arc::clone(&self.core) };
        while let (Some(body), Some(number)) = (answer.next(), answer.next()) {
            let number = std::str::from_utf8(&number).ok().and_then(|number| number.parse().ok());
            let ticket = form::read(&body, number.unwrap_or_default())
                .map_err(|source| BrokerError::Storage { step: STEP, source: Box::new(source) })?;
            let attempt =
                Attempt { job: ticket.job, number: ticket.attempts_begun, worker: claimant.worker.clone() };
            let control = self.inboxes.open(attempt.clone());
            leased.claims.push(Claim { ticket, attempt, control });
        }
        Ok(leased)
    }
}

/// Leases on their way to the claimant. Dropped before they are accepted, they are given back.
struct Leased {
    claims: Vec<Claim>,
    core: Arc<Core>,
}

impl Leased {
    fn accept(mut self) -> Vec<Claim> {
        mem::take(&mut self.claims)
    }
}

impl Drop for Leased {
    fn drop(&mut self) {
        for claim in self.claims.drain(..) {
            let core = Arc::clone(&self.core);
            tokio::spawn(async move {
                if let Err(error) = core.abandon(&claim.attempt, &Abandonment::Drained).await {
                    tracing::warn!(job = %claim.attempt.job, %error, "a lease that nobody waits for will have to run out");
                }
            });
        }
    }
}

/// Who waits in a claim.
#[derive(Default)]
struct Waiting {
    next: AtomicU64,
    claimants: Arc<Mutex<HashMap<u64, Claimant>>>,
}

/// One who waits, until it is dropped.
struct Counted {
    number: u64,
    claimants: Arc<Mutex<HashMap<u64, Claimant>>>,
}

impl Waiting {
    fn enter(&self, claimant: Claimant) -> Counted {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        lock(&self.claimants).insert(number, claimant);
        Counted { number, claimants: Arc::clone(&self.claimants) }
    }

    fn all(&self) -> Vec<Claimant> {
        lock(&self.claimants).values().cloned().collect()
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        lock(&self.claimants).remove(&self.number);
    }
}
