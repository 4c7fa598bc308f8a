//! Test harness of the suite: an open engine, a manual clock, and helpers.

use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use broker::{AGING, Attempt, Broker, Claim, Claimant, Clock, RetryPolicy, Ticket};
use model::{JobId, JobKind, LanguageId, PoolKind, Priority, Tenant, Timestamp, ToolchainInfo, WorkerName};
use tokio::time::timeout;

use super::{Engine, EngineSettings};

/// Timeout for expected events.
const TIMEOUT: Duration = Duration::from_secs(20);
/// Waiting time to conclude that nothing happens.
const SILENCE: Duration = Duration::from_millis(40);

pub(crate) const LEASE: Duration = Duration::from_secs(30);
/// Slightly less than a lease.
pub(crate) const ALMOST: Duration = Duration::from_secs(29);
pub(crate) const ATTEMPTS: u32 = 3;
pub(crate) const LONGEST_DELAY: Duration = Duration::from_secs(30);

/// A clock that only advances on command.
#[derive(Clone)]
pub(crate) struct ManualClock(Arc<AtomicI64>);

impl ManualClock {
    fn new() -> Self {
        Self(Arc::new(AtomicI64::new(1_700_000_000_000)))
    }

    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }

    pub(crate) fn advance(&self, by: Duration) {
        self.0.fetch_add(i64::try_from(by.as_millis()).expect("a short while"), Ordering::SeqCst);
    }

    fn clock(&self) -> Clock {
        let clock = self.clone();
        Clock::new(move || clock.now())
    }
}

/// An open engine.
pub(crate) struct Harness {
    pub(crate) broker: Arc<dyn Broker>,
    pub(crate) clock: ManualClock,
    pub(crate) settings: EngineSettings,
}

impl Harness {
    pub(crate) async fn open(engine: &dyn Engine) -> Self {
        Self::open_with(engine, |_| ()).await
    }

    pub(crate) async fn open_with(engine: &dyn Engine, change: impl FnOnce(&mut EngineSettings)) -> Self {
        let clock = ManualClock::new();
        let mut settings = EngineSettings {
            clock: clock.clock(),
            lease_time: LEASE,
            retry: RetryPolicy {
                max_attempts: ATTEMPTS,
                first_delay: Duration::from_secs(1),
                max_delay: LONGEST_DELAY,
            },
            max_waiting: Some(5_000),
            aging: AGING,
            keep_finished_events: Duration::from_mins(1),
            max_event_bytes_per_job: 4 << 20,
        };
        change(&mut settings);
        Self { broker: engine.open(settings.clone()).await, clock, settings }
    }

    /// Drops the engine, as the death of a process does, and opens it again.
    pub(crate) async fn reopen(self, engine: &dyn Engine) -> Self {
        let Self { broker, clock, settings } = self;
        drop(broker);
        Self { broker: engine.open(settings.clone()).await, clock, settings }
    }

    /// A ticket for a plain Python run.
    pub(crate) fn ticket(&self, job: u128) -> Ticket {
        Ticket {
            job: JobId::from_u128(job),
            kind: JobKind::Run,
            pool: PoolKind::Container,
            priority: Priority::Normal,
            tenant: Tenant::new("class-7b"),
            language: LanguageId::new("python"),
            version: None,
            enqueued_at: self.clock.now(),
            attempts_begun: 0,
        }
    }

    pub(crate) async fn enqueue(&self, ticket: Ticket) -> u64 {
        self.broker.enqueue(ticket).await.expect("enqueues")
    }

    /// Enqueues plain tickets for these jobs.
    pub(crate) async fn enqueue_all(&self, jobs: impl IntoIterator<Item = u128>) {
        for job in jobs {
            self.enqueue(self.ticket(job)).await;
        }
    }

    pub(crate) async fn claim(&self, claimant: &Claimant, max: usize) -> Vec<Claim> {
        with_timeout(self.broker.claim(claimant, max)).await.expect("claims")
    }

    /// Claims one ticket for the worker `ada`.
    pub(crate) async fn claim_one(&self) -> Claim {
        self.claim(&worker("ada"), 1).await.pop().expect("one claim")
    }

    /// Asserts that nothing can be claimed.
    pub(crate) async fn assert_nothing_for(&self, claimant: &Claimant) {
        let claimed = timeout(SILENCE, self.broker.claim(claimant, 10)).await;
        assert!(claimed.is_err(), "claimed {claimed:?}");
    }

    pub(crate) async fn expire_leases(&self) -> Vec<JobId> {
        self.broker.expire_leases().await.expect("expires")
    }

    /// Advances the clock by the longest delay.
    pub(crate) async fn advance_past_delays(&self) {
        self.clock.advance(LONGEST_DELAY);
        self.expire_leases().await;
    }
}

/// A toolchain of this language and version.
pub(crate) fn offer(language: &str, version: &str) -> ToolchainInfo {
    let description = format!("{language} {version}");
    ToolchainInfo {
        language: LanguageId::new(language),
        version: version.to_owned(),
        description,
        libraries: Vec::new(),
    }
}

/// A worker for Python and Ruby in the container pool.
pub(crate) fn worker(name: &str) -> Claimant {
    Claimant {
        worker: WorkerName::new(name),
        pools: vec![(PoolKind::Container, 8)],
        offers: vec![offer("python", "3.11.2"), offer("ruby", "3.1.2")],
        preparing: Vec::new(),
    }
}

pub(crate) fn jobs(ids: &[u128]) -> Vec<JobId> {
    ids.iter().copied().map(JobId::from_u128).collect()
}

pub(crate) fn job_ids(claims: &[Claim]) -> Vec<JobId> {
    claims.iter().map(|claim| claim.ticket.job).collect()
}

pub(crate) fn attempts(claims: &[Claim]) -> Vec<Attempt> {
    claims.iter().map(|claim| claim.attempt.clone()).collect()
}

/// Awaits a future, with a timeout.
pub(crate) async fn with_timeout<T>(future: impl Future<Output = T>) -> T {
    timeout(TIMEOUT, future).await.expect("happens soon")
}

/// Asserts that a future stays pending.
pub(crate) async fn assert_pending<T: std::fmt::Debug>(future: impl Future<Output = T>) {
    let outcome = timeout(SILENCE, future).await;
    assert!(outcome.is_err(), "happened: {outcome:?}");
}
