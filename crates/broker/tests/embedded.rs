//! The conformance suite on the embedded engine, and what only this engine promises.

mod conformance;

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use broker::{
    Broker, BrokerError, EmbeddedBroker, EmbeddedSettings, EventSettings, Renewal, Settled, TicketState,
};
use model::{Bytes, Event, JobEvent, JobId, Seq, Stream};
use sqlx::{ConnectOptions as _, SqliteConnection, query, sqlite::SqliteConnectOptions};
use tempfile::TempDir;
use tokio_stream::StreamExt as _;

use conformance::{ATTEMPTS, Bench, Engine, Rules, claimed, conformance, jobs, never, soon, worker};

/// The embedded engine in a folder of its own.
struct Embedded(TempDir);

impl Embedded {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    fn settings(rules: Rules) -> EmbeddedSettings {
        EmbeddedSettings {
            lease_time: rules.lease_time,
            retry: rules.retry,
            most_waiting: rules.most_waiting,
            events: EventSettings {
                keep_finished: rules.keep_finished_events,
                most_per_job: Bytes(rules.most_event_bytes_per_job),
                ..EventSettings::default()
            },
            clock: rules.clock,
            ..EmbeddedSettings::default()
        }
    }

    /// Another connection to the journal.
    async fn journal(&self) -> SqliteConnection {
        SqliteConnectOptions::new().filename(self.0.path().join("queue.db")).connect().await.expect("opens")
    }
}

#[async_trait]
impl Engine for Embedded {
    async fn open(&self, rules: Rules) -> Arc<dyn Broker> {
        Arc::new(EmbeddedBroker::open(self.0.path(), Self::settings(rules)).await.expect("opens"))
    }
}

conformance!(Embedded::new());

#[tokio::test]
async fn reopening_returns_leased_tickets_and_counts_the_attempt() {
    let engine = Embedded::new();
    let bench = Bench::open(&engine).await;
    bench.enqueue_all([1, 2]).await;
    let _claim = bench.claim_one().await;
    let bench = bench.reopen(&engine).await;
    let claims = bench.claim(&worker("bob"), 10).await;
    assert_eq!(claimed(&claims), jobs(&[1, 2]));
    assert_eq!(claims.iter().map(|claim| claim.attempt.number).collect::<Vec<_>>(), [2, 1]);
}

#[tokio::test]
async fn a_ticket_that_kills_the_process_each_time_dies() {
    let engine = Embedded::new();
    let mut bench = Bench::open(&engine).await;
    bench.enqueue_all([1, 2]).await;
    for attempt in 1..=ATTEMPTS {
        assert_eq!(bench.expire().await, []);
        assert_eq!(bench.claim_one().await.attempt.number, attempt);
        bench = bench.reopen(&engine).await;
    }
    assert_eq!(bench.expire().await, jobs(&[1]));
    assert_eq!(claimed(&bench.claim(&worker("ada"), 10).await), jobs(&[2]));
}

#[tokio::test]
async fn an_attempt_from_before_reopening_has_lost_its_lease() {
    let engine = Embedded::new();
    let bench = Bench::open(&engine).await;
    bench.enqueue_all([1]).await;
    let old = bench.claim_one().await.attempt;
    let bench = bench.reopen(&engine).await;
    assert_eq!(bench.broker.settle(&old).await.expect("settles"), Settled::Lost);
    let new = bench.claim_one().await.attempt;
    assert_eq!(bench.broker.settle(&old).await.expect("settles"), Settled::Lost);
    let renewed = bench.broker.renew(&[old, new]).await.expect("renews");
    assert_eq!(renewed, [Renewal::Lost, Renewal::Renewed]);
}

#[tokio::test]
async fn closing_ends_waiting_claims_and_refuses_the_rest() {
    let engine = Embedded::new();
    let broker = EmbeddedBroker::open(engine.0.path(), EmbeddedSettings::default()).await.expect("opens");
    let broker = Arc::new(broker);
    let claimant = Arc::clone(&broker);
    let waiting = tokio::spawn(async move { claimant.claim(&worker("ada"), 1).await });
    tokio::task::yield_now().await;
    broker.close().await;
    assert!(matches!(soon(waiting).await.expect("runs"), Err(BrokerError::Closed)));
    assert!(matches!(broker.stats().await, Err(BrokerError::Closed)));
    broker.close().await;
}

#[tokio::test]
async fn a_journal_that_cannot_be_written_is_reported_and_caught_up_with() {
    let engine = Embedded::new();
    let bench = Bench::open(&engine).await;
    bench.enqueue_all([1]).await;
    let mut journal = engine.journal().await;
    query("ALTER TABLE tickets RENAME TO away").execute(&mut journal).await.expect("renames");

    let refused = bench.broker.enqueue(bench.ticket(2)).await;
    assert!(matches!(refused, Err(BrokerError::Storage { .. })), "{refused:?}");
    let refused = bench.broker.claim(&worker("ada"), 1).await;
    assert!(matches!(refused, Err(BrokerError::Storage { .. })), "{refused:?}");
    let state = bench.broker.ticket(JobId::from_u128(1)).await.expect("looks up");
    assert_eq!(state, Some(TicketState::Waiting), "a lease that nobody got is undone");

    query("ALTER TABLE away RENAME TO tickets").execute(&mut journal).await.expect("renames");
    bench.enqueue_all([3]).await;
    let bench = bench.reopen(&engine).await;
    assert_eq!(claimed(&bench.claim(&worker("ada"), 10).await), jobs(&[1, 2, 3]));
}

#[tokio::test]
async fn a_journal_of_a_newer_version_is_refused() {
    let engine = Embedded::new();
    drop(Bench::open(&engine).await);
    query("PRAGMA user_version = 99").execute(&mut engine.journal().await).await.expect("sets");
    let refused = EmbeddedBroker::open(engine.0.path(), EmbeddedSettings::default()).await;
    let Err(BrokerError::Storage { source, .. }) = refused else { panic!("opened") };
    assert!(source.to_string().contains("version 99"), "{source}");
}

/// Opens the queue on a journal with one ticket in it, after this was done to that. Returns why not.
async fn refused_after(statement: &'static str) -> Option<String> {
    let engine = Embedded::new();
    let bench = Bench::open(&engine).await;
    bench.enqueue_all([1]).await;
    drop(bench);
    query(statement).execute(&mut engine.journal().await).await.expect("is done");
    match EmbeddedBroker::open(engine.0.path(), EmbeddedSettings::default()).await {
        Ok(_) => None,
        Err(BrokerError::Storage { source, .. }) => Some(source.to_string()),
        Err(other) => panic!("{other}"),
    }
}

#[tokio::test]
async fn tickets_that_count_to_the_end_of_numbers_were_counted_on() {
    for statement in [
        "UPDATE tickets SET place = 9223372036854775807, ticket = json_set(ticket, '$.place', 9223372036854775807)",
        "UPDATE tickets SET ticket = json_set(ticket, '$.failures', 4294967295)",
        "UPDATE tickets SET ticket = json_set(ticket, '$.attempts_begun', 4294967295)",
    ] {
        let why = refused_after(statement).await.expect(statement);
        assert!(why.contains("damaged") && why.contains("delete the file"), "{why}");
    }
}

#[tokio::test]
async fn a_ticket_that_named_another_place_than_its_own_was_believed() {
    let statement = "UPDATE tickets SET ticket = json_set(ticket, '$.place', 7)";
    assert!(refused_after(statement).await.expect("refused").contains("at place 1"));
}

#[tokio::test]
async fn a_job_at_two_places_was_run_twice_and_left_a_ticket_behind_that_nobody_could_claim() {
    let engine = Embedded::new();
    let bench = Bench::open(&engine).await;
    bench.enqueue_all([1, 2]).await;
    let again = "INSERT INTO tickets SELECT 9, json_set(ticket, '$.place', 9) FROM tickets WHERE place = 1";
    query(again).execute(&mut engine.journal().await).await.expect("is done");
    let bench = bench.reopen(&engine).await;
    assert_eq!(claimed(&bench.claim(&worker("ada"), 10).await), jobs(&[1, 2]));
    let places = sqlx::query_scalar::<_, i64>("SELECT place FROM tickets ORDER BY place");
    assert_eq!(places.fetch_all(&mut engine.journal().await).await.expect("are read"), [1, 2]);
}

#[tokio::test]
async fn dead_letters_are_forgotten_after_a_while() {
    let engine = Embedded::new();
    let bench = Bench::open_with(&engine, |rules| rules.retry.most_attempts = 1).await;
    bench.enqueue_all([1]).await;
    drop(bench.claim_one().await);
    bench.hands.advance(bench.rules.lease_time);
    assert_eq!(bench.expire().await, jobs(&[1]));
    bench.hands.advance(EmbeddedSettings::default().keep_dead);
    bench.expire().await;
    assert_eq!(bench.broker.ticket(JobId::from_u128(1)).await.expect("asks"), None);
}

#[tokio::test]
async fn the_events_of_all_jobs_together_are_bounded_too() {
    let engine = Embedded::new();
    let events = EventSettings { most_in_all: Bytes::kib(100), ..EventSettings::default() };
    let settings = EmbeddedSettings { events, ..EmbeddedSettings::default() };
    let broker = EmbeddedBroker::open(engine.0.path(), settings).await.expect("opens");
    let text = "x".repeat(10 << 10);
    for job in (0..50).map(JobId::from_u128) {
        let output = JobEvent::Output { stream: Stream::Stdout, text: text.clone() };
        broker.publish(job, Event { seq: Seq(1), event: output }).await;
        broker.publish(job, Event { seq: Seq(2), event: JobEvent::Finished }).await;
    }
    let mut first = broker.events(JobId::from_u128(0), None).await.expect("watches");
    never(first.next()).await;
    let last = broker.events(JobId::from_u128(49), None).await.expect("watches");
    assert_eq!(soon(last.collect::<Vec<_>>()).await.len(), 2);
}

#[tokio::test]
async fn the_steady_clock_runs() {
    let clock = broker::Clock::steady();
    let before = clock.now();
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert!(clock.now().since(before) >= Duration::from_millis(15));
}
