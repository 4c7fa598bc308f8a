//! The conformance suite on a queue behind a breaker, and what the breaker adds.

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
    Abandoned, Abandonment, Attempt, Broker, BrokerError, Cancel, Claim, Claimant, Clock, Control, Delivery,
    EmbeddedBroker, EmbeddedSettings, EventStream, Guarded, Renewal, Settled, Ticket, TicketState,
};
use model::{Event, JobId, QueueStats, Seq, Timestamp};
use tempfile::TempDir;
use traffic::BreakerSettings;

use conformance::{Engine, Rules, conformance, worker};

/// The embedded engine in a folder of its own, behind a breaker.
struct Behind(TempDir);

#[async_trait]
impl Engine for Behind {
    async fn open(&self, rules: Rules) -> Arc<dyn Broker> {
        let settings = EmbeddedSettings {
            lease_time: rules.lease_time,
            retry: rules.retry,
            most_waiting: rules.most_waiting,
            aging: rules.aging,
            events: broker::EventSettings {
                keep_finished: rules.keep_finished_events,
                most_per_job: model::Bytes(rules.most_event_bytes_per_job),
                ..broker::EventSettings::default()
            },
            clock: rules.clock.clone(),
            ..EmbeddedSettings::default()
        };
        let inner = EmbeddedBroker::open(self.0.path(), settings).await.expect("opens");
        Arc::new(Guarded::new(Arc::new(inner), BreakerSettings::default(), rules.clock))
    }
}

conformance!(Behind(tempfile::tempdir().expect("a folder")));

/// A queue that is away when told to be, and counts how often it is asked.
#[derive(Default)]
struct Fickle {
    away: AtomicBool,
    asked: AtomicU32,
}

impl Fickle {
    fn ask<T>(&self, answer: T) -> Result<T, BrokerError> {
        self.asked.fetch_add(1, SeqCst);
        if self.away.load(SeqCst) {
            return Err(BrokerError::Unavailable { step: "answer", source: "it is away".into() });
        }
        Ok(answer)
    }
}

#[async_trait]
impl Broker for Fickle {
    async fn enqueue(&self, _: Ticket) -> Result<u64, BrokerError> {
        self.ask(1)
    }
    /// Nothing ever waits.
    async fn claim(&self, _: &Claimant, _: usize) -> Result<Vec<Claim>, BrokerError> {
        self.ask(())?;
        std::future::pending().await
    }
    async fn renew(&self, _: &[Attempt]) -> Result<Vec<Renewal>, BrokerError> {
        self.ask(Vec::new())
    }
    async fn settle(&self, _: &Attempt) -> Result<Settled, BrokerError> {
        self.ask(Settled::Lost)
    }
    async fn abandon(&self, _: &Attempt, _: Abandonment) -> Result<Abandoned, BrokerError> {
        self.ask(Abandoned::Lost)
    }
    async fn cancel(&self, _: JobId) -> Result<Cancel, BrokerError> {
        self.ask(Cancel::Unknown)
    }
    async fn control(&self, _: JobId, _: Control) -> Result<Delivery, BrokerError> {
        self.ask(Delivery::NotRunning)
    }
    async fn tickets(&self, _: &[JobId]) -> Result<Vec<Option<TicketState>>, BrokerError> {
        self.ask(Vec::new())
    }
    async fn lead(&self, _: Duration) -> Result<bool, BrokerError> {
        self.ask(true)
    }
    async fn resign(&self) -> Result<(), BrokerError> {
        self.ask(())
    }
    /// A queue that is there and refuses.
    async fn position(&self, _: JobId) -> Result<Option<u64>, BrokerError> {
        Err(BrokerError::Full { waiting: 1, most: 1 })
    }
    async fn expire(&self) -> Result<Vec<JobId>, BrokerError> {
        self.ask(Vec::new())
    }
    async fn stats(&self) -> Result<QueueStats, BrokerError> {
        self.ask(QueueStats::default())
    }
    async fn workers(&self) -> Result<Vec<Claimant>, BrokerError> {
        self.ask(Vec::new())
    }
    async fn publish(&self, _: JobId, _: Event) {
        self.asked.fetch_add(1, SeqCst);
    }
    async fn events(&self, _: JobId, _: Option<Seq>) -> Result<EventStream, BrokerError> {
        self.ask(Box::pin(tokio_stream::empty()))
    }
    fn lease_time(&self) -> Duration {
        Duration::from_secs(30)
    }
}

/// A guarded queue that is away, or not, and a clock.
struct Bench {
    queue: Arc<Fickle>,
    guarded: Guarded,
    seconds: Arc<AtomicI64>,
}

impl Bench {
    fn new() -> Self {
        let (queue, seconds) = (Arc::new(Fickle::default()), Arc::new(AtomicI64::new(0)));
        let hands = seconds.clone();
        let clock = Clock::new(move || Timestamp::from_millis(hands.load(SeqCst) * 1000));
        let guarded = Guarded::new(
            queue.clone(),
            BreakerSettings { failures: 5, open_for: Duration::from_secs(30) },
            clock,
        );
        Self { queue, guarded, seconds }
    }

    /// Fails until the circuit opens.
    async fn break_it(&self) {
        self.queue.away.store(true, SeqCst);
        for _ in 0..5 {
            let error = self.guarded.stats().await.expect_err("it is away");
            assert_eq!(error.retry_after(), Some(Duration::from_secs(2)));
        }
        self.queue.asked.store(0, SeqCst);
    }

    fn asked(&self) -> u32 {
        self.queue.asked.load(SeqCst)
    }
}

#[tokio::test]
async fn a_queue_that_is_away_is_not_asked_and_everybody_is_told_when_it_will_be() {
    let bench = Bench::new();
    bench.break_it().await;
    bench.seconds.store(10, SeqCst);
    let error = bench.guarded.cancel(JobId::from_u128(1)).await.expect_err("it is left alone");
    assert!(matches!(error, BrokerError::Unavailable { .. }), "{error:?}");
    assert_eq!(error.retry_after(), Some(Duration::from_secs(20)));
    bench.guarded.publish(JobId::from_u128(1), Event { seq: Seq(1), event: model::JobEvent::Finished }).await;
    assert_eq!(bench.asked(), 0);
    bench.seconds.store(30, SeqCst);
    bench.queue.away.store(false, SeqCst);
    bench.guarded.stats().await.expect("it is back");
    bench.guarded.expire().await.expect("it stays");
}

#[tokio::test]
async fn a_claim_that_waits_does_not_keep_others_from_finding_out_that_the_queue_is_back() {
    let bench = Bench::new();
    bench.break_it().await;
    bench.guarded.claim(&worker("ada"), 1).await.expect_err("it is left alone");
    bench.seconds.store(30, SeqCst);
    bench.queue.away.store(false, SeqCst);
    let claiming =
        tokio::time::timeout(Duration::from_millis(50), bench.guarded.claim(&worker("ada"), 1)).await;
    assert!(claiming.is_err(), "it waits for work");
    assert_eq!(bench.asked(), 2, "a probe, and the claim");
    bench.guarded.stats().await.expect("the circuit is closed");
}

#[tokio::test]
async fn a_queue_that_refuses_is_there() {
    let bench = Bench::new();
    for _ in 0..20 {
        let refused = bench.guarded.position(JobId::from_u128(1)).await;
        assert!(matches!(refused, Err(BrokerError::Full { .. })), "{refused:?}");
    }
    bench.guarded.stats().await.expect("it is asked");
}
