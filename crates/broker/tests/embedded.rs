//! Embedded engine: the conformance suite, and guarantees of this engine alone.

mod conformance;

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use broker::{
    Broker, BrokerError, EmbeddedBroker, EmbeddedSettings, EventSettings, RenewOutcome, SettleOutcome,
    TicketState,
};
use model::{Bytes, Event, JobEvent, JobId, Seq, Stream};
use sqlx::{ConnectOptions as _, SqliteConnection, query, sqlite::SqliteConnectOptions};
use tempfile::TempDir;
use tokio_stream::StreamExt as _;

use conformance::{
    ATTEMPTS, Engine, EngineSettings, Harness, assert_pending, conformance, job_ids, jobs, with_timeout,
    worker,
};

/// The embedded engine in a folder of its own.
struct EmbeddedEngine(TempDir);

impl EmbeddedEngine {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    fn settings(settings: EngineSettings) -> EmbeddedSettings {
        EmbeddedSettings {
            lease_time: settings.lease_time,
            retry: settings.retry,
            max_waiting: settings.max_waiting,
            aging: settings.aging,
            events: EventSettings {
                keep_finished: settings.keep_finished_events,
                max_per_job: Bytes(settings.max_event_bytes_per_job),
                ..EventSettings::default()
            },
            clock: settings.clock,
            ..EmbeddedSettings::default()
        }
    }

    /// Another connection to the journal.
    async fn journal(&self) -> SqliteConnection {
        SqliteConnectOptions::new().filename(self.0.path().join("queue.db")).connect().await.expect("opens")
    }
}

#[async_trait]
impl Engine for EmbeddedEngine {
    async fn open(&self, settings: EngineSettings) -> Arc<dyn Broker> {
        Arc::new(EmbeddedBroker::open(self.0.path(), Self::settings(settings)).await.expect("opens"))
    }
}

conformance!(EmbeddedEngine::new());

#[tokio::test]
async fn reopening_returns_leased_tickets_and_counts_the_attempt() {
    let engine = EmbeddedEngine::new();
    let harness = Harness::open(&engine).await;
    harness.enqueue_all([1, 2]).await;
    let _claim = harness.claim_one().await;
    let harness = harness.reopen(&engine).await;
    let claims = harness.claim(&worker("bob"), 10).await;
    assert_eq!(job_ids(&claims), jobs(&[1, 2]));
    assert_eq!(claims.iter().map(|claim| claim.attempt.number).collect::<Vec<_>>(), [2, 1]);
}

#[tokio::test]
async fn a_ticket_whose_process_dies_at_each_attempt_becomes_a_dead_letter() {
    let engine = EmbeddedEngine::new();
    let mut harness = Harness::open(&engine).await;
    harness.enqueue_all([1, 2]).await;
    for attempt in 1..=ATTEMPTS {
        assert_eq!(harness.expire_leases().await, []);
        assert_eq!(harness.claim_one().await.attempt.number, attempt);
        harness = harness.reopen(&engine).await;
    }
    assert_eq!(harness.expire_leases().await, jobs(&[1]));
    assert_eq!(job_ids(&harness.claim(&worker("ada"), 10).await), jobs(&[2]));
}

#[tokio::test]
async fn an_attempt_from_before_reopening_has_no_lease() {
    let engine = EmbeddedEngine::new();
    let harness = Harness::open(&engine).await;
    harness.enqueue_all([1]).await;
    let old = harness.claim_one().await.attempt;
    let harness = harness.reopen(&engine).await;
    assert_eq!(harness.broker.settle(&old).await.expect("settles"), SettleOutcome::Lost);
    let new = harness.claim_one().await.attempt;
    assert_eq!(harness.broker.settle(&old).await.expect("settles"), SettleOutcome::Lost);
    let renewed = harness.broker.renew(&[old, new]).await.expect("renews");
    assert_eq!(renewed, [RenewOutcome::Lost, RenewOutcome::Renewed]);
}

#[tokio::test]
async fn closing_ends_waiting_claims_and_rejects_later_operations() {
    let engine = EmbeddedEngine::new();
    let broker = EmbeddedBroker::open(engine.0.path(), EmbeddedSettings::default()).await.expect("opens");
    let broker = Arc::new(broker);
    let claimant = Arc::clone(&broker);
    let waiting = tokio::spawn(async move { claimant.claim(&worker("ada"), 1).await });
    tokio::task::yield_now().await;
    broker.close().await;
    assert!(matches!(with_timeout(waiting).await.expect("runs"), Err(BrokerError::Closed)));
    assert!(matches!(broker.stats().await, Err(BrokerError::Closed)));
    broker.close().await;
}

#[tokio::test]
async fn a_failed_journal_write_is_reported_and_written_with_the_next_change() {
    let engine = EmbeddedEngine::new();
    let harness = Harness::open(&engine).await;
    harness.enqueue_all([1]).await;
    let mut journal = engine.journal().await;
    query("ALTER TABLE tickets RENAME TO hidden").execute(&mut journal).await.expect("renames");

    let refused = harness.broker.enqueue(harness.ticket(2)).await;
    assert!(matches!(refused, Err(BrokerError::Storage { .. })), "{refused:?}");
    let refused = harness.broker.claim(&worker("ada"), 1).await;
    assert!(matches!(refused, Err(BrokerError::Storage { .. })), "{refused:?}");
    let state = harness.broker.ticket(JobId::from_u128(1)).await.expect("looks up");
    assert_eq!(state, Some(TicketState::Waiting), "an undelivered lease is undone");

    query("ALTER TABLE hidden RENAME TO tickets").execute(&mut journal).await.expect("renames");
    harness.enqueue_all([3]).await;
    let harness = harness.reopen(&engine).await;
    assert_eq!(job_ids(&harness.claim(&worker("ada"), 10).await), jobs(&[1, 2, 3]));
}

#[tokio::test]
async fn a_journal_of_a_newer_version_is_rejected() {
    let engine = EmbeddedEngine::new();
    drop(Harness::open(&engine).await);
    query("PRAGMA user_version = 99").execute(&mut engine.journal().await).await.expect("sets");
    let refused = EmbeddedBroker::open(engine.0.path(), EmbeddedSettings::default()).await;
    let Err(BrokerError::Storage { source, .. }) = refused else { panic!("opened") };
    assert!(source.to_string().contains("version 99"), "{source}");
}

/// Opens the queue on a journal with one ticket after this statement. Returns the error.
async fn open_error_after(statement: &'static str) -> Option<String> {
    let engine = EmbeddedEngine::new();
    let harness = Harness::open(&engine).await;
    harness.enqueue_all([1]).await;
    drop(harness);
    query(statement).execute(&mut engine.journal().await).await.expect("is done");
    match EmbeddedBroker::open(engine.0.path(), EmbeddedSettings::default()).await {
        Ok(_) => None,
        Err(BrokerError::Storage { source, .. }) => Some(source.to_string()),
        Err(other) => panic!("{other}"),
    }
}

#[tokio::test]
async fn tickets_with_counters_near_overflow_are_rejected() {
    for statement in [
        "UPDATE tickets SET place = 9223372036854775807, ticket = json_set(ticket, '$.place', 9223372036854775807)",
        "UPDATE tickets SET ticket = json_set(ticket, '$.failures', 4294967295)",
        "UPDATE tickets SET ticket = json_set(ticket, '$.attempts_begun', 4294967295)",
    ] {
        let error = open_error_after(statement).await.expect(statement);
        assert!(error.contains("damaged") && error.contains("delete the file"), "{error}");
    }
}

#[tokio::test]
async fn a_ticket_with_a_wrong_place_is_rejected() {
    let statement = "UPDATE tickets SET ticket = json_set(ticket, '$.place', 7)";
    assert!(open_error_after(statement).await.expect("refused").contains("at place 1"));
}

#[tokio::test]
async fn a_job_stored_twice_is_claimed_once() {
    let engine = EmbeddedEngine::new();
    let harness = Harness::open(&engine).await;
    harness.enqueue_all([1, 2]).await;
    let again = "INSERT INTO tickets SELECT 9, json_set(ticket, '$.place', 9) FROM tickets WHERE place = 1";
    query(again).execute(&mut engine.journal().await).await.expect("is done");
    let harness = harness.reopen(&engine).await;
    assert_eq!(job_ids(&harness.claim(&worker("ada"), 10).await), jobs(&[1, 2]));
    let places = sqlx::query_scalar::<_, i64>("SELECT place FROM tickets ORDER BY place");
    assert_eq!(places.fetch_all(&mut engine.journal().await).await.expect("are read"), [1, 2]);
}

#[tokio::test]
async fn dead_letters_are_deleted_after_their_retention() {
    let engine = EmbeddedEngine::new();
    let harness = Harness::open_with(&engine, |settings| settings.retry.max_attempts = 1).await;
    harness.enqueue_all([1]).await;
    drop(harness.claim_one().await);
    harness.clock.advance(harness.settings.lease_time);
    assert_eq!(harness.expire_leases().await, jobs(&[1]));
    harness.clock.advance(EmbeddedSettings::default().keep_dead);
    harness.expire_leases().await;
    assert_eq!(harness.broker.ticket(JobId::from_u128(1)).await.expect("asks"), None);
}

#[tokio::test]
async fn the_events_of_all_jobs_together_are_bounded() {
    let engine = EmbeddedEngine::new();
    let events = EventSettings { max_total: Bytes::kib(100), ..EventSettings::default() };
    let settings = EmbeddedSettings { events, ..EmbeddedSettings::default() };
    let broker = EmbeddedBroker::open(engine.0.path(), settings).await.expect("opens");
    let text = "x".repeat(10 << 10);
    for job in (0..50).map(JobId::from_u128) {
        let output = JobEvent::Output { stream: Stream::Stdout, text: text.clone() };
        broker.publish(job, Event { seq: Seq(1), event: output }).await;
        broker.publish(job, Event { seq: Seq(2), event: JobEvent::Finished }).await;
    }
    let mut first = broker.events(JobId::from_u128(0), None).await.expect("watches");
    assert_pending(first.next()).await;
    let last = broker.events(JobId::from_u128(49), None).await.expect("watches");
    assert_eq!(with_timeout(last.collect::<Vec<_>>()).await.len(), 2);
}

#[tokio::test]
async fn the_steady_clock_advances() {
    let clock = broker::Clock::steady();
    let before = clock.now();
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert!(clock.now().since(before) >= Duration::from_millis(15));
}
