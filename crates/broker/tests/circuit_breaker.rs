//! Circuit breaker: the conformance suite behind it, and its own behaviour.

mod conformance;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64, AtomicU32, Ordering::SeqCst},
    },
    time::Duration,
};

use async_trait::async_trait;
use broker::{
    AbandonOutcome, AbandonReason, Attempt, Broker, BrokerError, CancelOutcome, CircuitBreakerBroker, Claim,
    Claimant, Clock, Control, Delivery, EmbeddedBroker, EmbeddedSettings, EventStream, RenewOutcome,
    SettleOutcome, Ticket, TicketState,
};
use model::{Event, JobId, QueueStats, Seq, Timestamp};
use tempfile::TempDir;
use traffic::BreakerSettings;

use conformance::{Engine, EngineSettings, conformance, worker};

/// The embedded engine in a folder of its own, behind a breaker.
struct BreakerEngine(TempDir);

#[async_trait]
impl Engine for BreakerEngine {
    async fn open(&self, engine_settings: EngineSettings) -> Arc<dyn Broker> {
        let settings = EmbeddedSettings {
            lease_time: engine_settings.lease_time,
            retry: engine_settings.retry,
            max_waiting: engine_settings.max_waiting,
            aging: engine_settings.aging,
            events: broker::EventSettings {
                keep_finished: engine_settings.keep_finished_events,
                max_per_job: model::Bytes(engine_settings.max_event_bytes_per_job),
                ..broker::EventSettings::default()
            },
            clock: engine_settings.clock.clone(),
            ..EmbeddedSettings::default()
        };
        let inner = EmbeddedBroker::open(self.0.path(), settings).await.expect("opens");
        Arc::new(CircuitBreakerBroker::new(
            Arc::new(inner),
            BreakerSettings::default(),
            engine_settings.clock,
        ))
    }
}

conformance!(BreakerEngine(tempfile::tempdir().expect("a folder")));

/// A queue that can be made unavailable, and counts its calls.
#[derive(Default)]
struct UnreliableBroker {
    is_down: AtomicBool,
    calls: AtomicU32,
}

impl UnreliableBroker {
    fn reply<T>(&self, answer: T) -> Result<T, BrokerError> {
        self.calls.fetch_add(1, SeqCst);
        if self.is_down.load(SeqCst) {
            return Err(BrokerError::Unavailable { step: "answer", source: "it is down".into() });
        }
        Ok(answer)
    }
}

#[async_trait]
impl Broker for UnreliableBroker {
    async fn enqueue(&self, _: Ticket) -> Result<u64, BrokerError> {
        self.reply(1)
    }
    /// No ticket ever waits.
    async fn claim(&self, _: &Claimant, _: usize) -> Result<Vec<Claim>, BrokerError> {
        self.reply(())?;
        std::future::pending().await
    }
    async fn renew(&self, _: &[Attempt]) -> Result<Vec<RenewOutcome>, BrokerError> {
        self.reply(Vec::new())
    }
    async fn settle(&self, _: &Attempt) -> Result<SettleOutcome, BrokerError> {
        self.reply(SettleOutcome::Lost)
    }
    async fn abandon(&self, _: &Attempt, _: AbandonReason) -> Result<AbandonOutcome, BrokerError> {
        self.reply(AbandonOutcome::Lost)
    }
    async fn cancel(&self, _: JobId) -> Result<CancelOutcome, BrokerError> {
        self.reply(CancelOutcome::Unknown)
    }
    async fn control(&self, _: JobId, _: Control) -> Result<Delivery, BrokerError> {
        self.reply(Delivery::NotRunning)
    }
    async fn tickets(&self, _: &[JobId]) -> Result<Vec<Option<TicketState>>, BrokerError> {
        self.reply(Vec::new())
    }
    async fn lead(&self, _: Duration) -> Result<bool, BrokerError> {
        self.reply(true)
    }
    async fn resign(&self) -> Result<(), BrokerError> {
        self.reply(())
    }
    /// An available queue that returns an error.
    async fn position(&self, _: JobId) -> Result<Option<u64>, BrokerError> {
        Err(BrokerError::Full { waiting: 1, max: 1 })
    }
    async fn expire_leases(&self) -> Result<Vec<JobId>, BrokerError> {
        self.reply(Vec::new())
    }
    async fn stats(&self) -> Result<QueueStats, BrokerError> {
        self.reply(QueueStats::default())
    }
    async fn workers(&self) -> Result<Vec<Claimant>, BrokerError> {
        self.reply(Vec::new())
    }
    async fn publish(&self, _: JobId, _: Event) {
        self.calls.fetch_add(1, SeqCst);
    }
    async fn events(&self, _: JobId, _: Option<Seq>) -> Result<EventStream, BrokerError> {
        self.reply(Box::pin(tokio_stream::empty()))
    }
    fn lease_time(&self) -> Duration {
        Duration::from_secs(30)
    }
}

/// An unreliable queue behind a breaker, and a clock.
struct Harness {
    queue: Arc<UnreliableBroker>,
    broker: CircuitBreakerBroker,
    seconds: Arc<AtomicI64>,
}

impl Harness {
    fn new() -> Self {
        let (queue, seconds) = (Arc::new(UnreliableBroker::default()), Arc::new(AtomicI64::new(0)));
        let clock = seconds.clone();
        let clock = Clock::new(move || Timestamp::from_millis(clock.load(SeqCst) * 1000));
        let broker = CircuitBreakerBroker::new(
            queue.clone(),
            BreakerSettings { failures: 5, open_for: Duration::from_secs(30) },
            clock,
        );
        Self { queue, broker, seconds }
    }

    /// Makes calls fail until the circuit opens.
    async fn open_circuit(&self) {
        self.queue.is_down.store(true, SeqCst);
        for _ in 0..5 {
            let error = self.broker.stats().await.expect_err("it is down");
            assert_eq!(error.retry_after(), Some(Duration::from_secs(2)));
        }
        self.queue.calls.store(0, SeqCst);
    }

    fn calls(&self) -> u32 {
        self.queue.calls.load(SeqCst)
    }
}

#[tokio::test]
async fn an_open_circuit_makes_no_calls_and_reports_when_to_retry() {
    let harness = Harness::new();
    harness.open_circuit().await;
    harness.seconds.store(10, SeqCst);
    let error = harness.broker.cancel(JobId::from_u128(1)).await.expect_err("it is left alone");
    assert!(matches!(error, BrokerError::Unavailable { .. }), "{error:?}");
    assert_eq!(error.retry_after(), Some(Duration::from_secs(20)));
    harness
        .broker
        .publish(JobId::from_u128(1), Event { seq: Seq(1), event: model::JobEvent::Finished })
        .await;
    assert_eq!(harness.calls(), 0);
    harness.seconds.store(30, SeqCst);
    harness.queue.is_down.store(false, SeqCst);
    harness.broker.stats().await.expect("it is back");
    harness.broker.expire_leases().await.expect("it stays");
}

#[tokio::test]
async fn a_waiting_claim_does_not_occupy_the_probe_of_the_half_open_circuit() {
    let harness = Harness::new();
    harness.open_circuit().await;
    harness.broker.claim(&worker("ada"), 1).await.expect_err("it is left alone");
    harness.seconds.store(30, SeqCst);
    harness.queue.is_down.store(false, SeqCst);
    let claiming =
        tokio::time::timeout(Duration::from_millis(50), harness.broker.claim(&worker("ada"), 1)).await;
    assert!(claiming.is_err(), "it waits for work");
    assert_eq!(harness.calls(), 2, "a probe, and the claim");
    harness.broker.stats().await.expect("the circuit is closed");
}

#[tokio::test]
async fn an_error_reply_does_not_open_the_circuit() {
    let harness = Harness::new();
    for _ in 0..20 {
        let refused = harness.broker.position(JobId::from_u128(1)).await;
        assert!(matches!(refused, Err(BrokerError::Full { .. })), "{refused:?}");
    }
    harness.broker.stats().await.expect("it is called");
}
