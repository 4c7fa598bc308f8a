//! Engine on Redis: the conformance suite, and guarantees of this engine alone.

mod conformance;

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use broker::{
    AbandonReason, Broker, BrokerError, CancelOutcome, Clock, Control, Delivery, EventSettings, RedisBroker,
    RedisSettings, RenewOutcome, SettleOutcome, TicketState,
};
use model::{Bytes, Event, JobEvent, JobId, Seq, Stream};
use redis::{Cmd, FromRedisValue};
use testkit::Redis;
use tokio_stream::StreamExt as _;

use conformance::{
    Engine, EngineSettings, Harness, LEASE, assert_pending, conformance, job_ids, jobs, with_timeout, worker,
};

const JOB: JobId = JobId::from_u128(1);

/// A Redis server for one test.
struct RedisEngine(Redis);

impl RedisEngine {
    async fn new() -> Self {
        Self(Redis::start().await)
    }

    fn settings(settings: EngineSettings) -> RedisSettings {
        RedisSettings {
            lease_time: settings.lease_time,
            retry: settings.retry,
            max_waiting: settings.max_waiting,
            aging: settings.aging,
            events: EventSettings {
                keep_finished: settings.keep_finished_events,
                max_per_job: Bytes(settings.max_event_bytes_per_job),
                ..EventSettings::default()
            },
            clock: Some(settings.clock),
            ..RedisSettings::default()
        }
    }

    /// Connects another process to the same queue.
    fn connect(&self, settings: RedisSettings) -> RedisBroker {
        RedisBroker::connect(&self.0.url(), settings).expect("connects")
    }

    /// Sends a command to Redis directly.
    async fn command<T: FromRedisValue>(&self, words: &str) -> T {
        let client = redis::Client::open(self.0.url()).expect("an address");
        let mut connection = client.get_multiplexed_async_connection().await.expect("connects");
        let mut command = Cmd::new();
        for word in words.split(' ') {
            command.arg(word);
        }
        command.query_async(&mut connection).await.expect("succeeds")
    }

    /// Closes the pub/sub connections of all processes.
    async fn cut_pubsub_connections(&self) {
        assert!(self.command::<u32>("CLIENT KILL TYPE pubsub").await > 0, "nobody listened");
    }
}

#[async_trait]
impl Engine for RedisEngine {
    async fn open(&self, settings: EngineSettings) -> Arc<dyn Broker> {
        Arc::new(self.connect(Self::settings(settings)))
    }
}

conformance!(RedisEngine::new().await);

fn output(n: u64, text: &str) -> Event {
    Event { seq: Seq::of(1, n), event: JobEvent::Output { stream: Stream::Stdout, text: text.to_owned() } }
}

fn finished_event(n: u64) -> Event {
    Event { seq: Seq::of(1, n), event: JobEvent::Finished }
}

/// Runs every operation of the queue once, on an empty queue.
async fn run_every_operation(harness: &Harness) {
    let broker = &harness.broker;
    harness.enqueue_all(1..=4).await;
    let mut claims = harness.claim(&worker("ada"), 3).await;
    assert_eq!(job_ids(&claims), jobs(&[1, 2, 3]));
    let attempts = conformance::attempts(&claims);
    assert_eq!(broker.renew(&attempts).await.expect("renews"), [RenewOutcome::Renewed; 3]);
    assert_eq!(broker.control(JOB, Control::Eof).await.expect("sends"), Delivery::Delivered);
    assert_eq!(with_timeout(claims[0].control.recv()).await, Some(Control::Eof));
    assert_eq!(broker.cancel(JOB).await.expect("cancels"), CancelOutcome::Signalled);
    assert_eq!(with_timeout(claims[0].control.recv()).await, Some(Control::Cancel));
    assert_eq!(broker.cancel(JobId::from_u128(4)).await.expect("cancels"), CancelOutcome::Dequeued);
    let mut events = broker.events(JOB, None).await.expect("watches");
    for event in [output(1, "hello"), finished_event(2)] {
        broker.publish(JOB, event.clone()).await;
        assert_eq!(with_timeout(events.next()).await, Some(event));
    }
    assert_eq!(broker.settle(&attempts[0]).await.expect("settles"), SettleOutcome::Settled);
    broker.abandon(&attempts[1], AbandonReason::Fault("oops".to_owned())).await.expect("abandons");
    broker.abandon(&attempts[2], AbandonReason::Drained).await.expect("abandons");
    let stats = broker.stats().await.expect("asks");
    assert_eq!((stats.pools[0].waiting.total(), stats.pools[0].running, stats.pools[0].workers), (2, 0, 1));
    harness.advance_past_delays().await;
    for claim in harness.claim(&worker("ada"), 5).await {
        assert_eq!(broker.settle(&claim.attempt).await.expect("settles"), SettleOutcome::Settled);
    }
    assert_eq!(broker.stats().await.expect("asks").pools[0].waiting.total(), 0);
}

// Many processes

#[tokio::test]
async fn a_claim_that_waits_in_one_process_gets_a_ticket_enqueued_by_another() {
    let engine = RedisEngine::new().await;
    let (here, there) = (Harness::open(&engine).await, Harness::open(&engine).await);
    let broker = Arc::clone(&here.broker);
    let waiting = tokio::spawn(async move { broker.claim(&worker("ada"), 1).await });
    here.assert_nothing_for(&worker("bob")).await;
    there.enqueue_all([1]).await;
    assert_eq!(job_ids(&with_timeout(waiting).await.expect("runs").expect("claims")), jobs(&[1]));
}

#[tokio::test]
async fn one_process_is_the_leader_at_a_time() {
    const TERM: Duration = Duration::from_secs(10);
    const ALMOST: Duration = Duration::from_millis(9_999);
    let engine = RedisEngine::new().await;
    let here = Harness::open(&engine).await;
    let there = engine.connect(RedisEngine::settings(here.settings.clone()));
    let leads = async |broker: &dyn Broker| broker.lead(TERM).await.expect("asks");
    assert!(leads(here.broker.as_ref()).await && !leads(&there).await);
    here.clock.advance(ALMOST);
    assert!(!leads(&there).await, "its term has not ended");
    there.resign().await.expect("is no leader");
    assert!(leads(here.broker.as_ref()).await && !leads(&there).await);
    here.clock.advance(TERM);
    assert!(leads(&there).await, "the term of the leader is over");
    assert!(!leads(here.broker.as_ref()).await);
    there.resign().await.expect("resigns");
    assert!(leads(here.broker.as_ref()).await);
}

#[tokio::test]
async fn five_hundred_version_requirements_use_three_lanes() {
    let engine = RedisEngine::new().await;
    let harness = Harness::open(&engine).await;
    harness.enqueue_all([1_000]).await;
    harness.claim_one().await;
    for job in 1..=500 {
        let version = format!(">=3.{job}.{job}").parse().expect("a requirement");
        harness.enqueue(broker::Ticket { version: Some(version), ..harness.ticket(job) }).await;
    }
    let lanes: u32 = engine.command("ZCARD {coderunner}:q1:lanes").await;
    assert_eq!(lanes, 3, "what takes any version, what some worker can run, and what none can");
}

#[tokio::test]
async fn tickets_of_an_earlier_release_are_claimed() {
    let engine = RedisEngine::new().await;
    let harness = Harness::open(&engine).await;
    let version = ">=3.10".parse().expect("a requirement");
    harness.enqueue(broker::Ticket { version: Some(version), ..harness.ticket(1) }).await;
    let (ticket, lanes) = (format!("{{coderunner}}:q1:ticket:{JOB}"), "{coderunner}:q1:lane");
    let lane: String = engine.command(&format!("HGET {ticket} lane")).await;
    let order: String = engine.command(&format!("HGET {ticket} order")).await;
    let old = "container|normal|python|>=3.10";
    for words in [
        format!("DEL {lanes}:{lane}"),
        format!("HDEL {ticket} wants"),
        format!("HSET {ticket} lane {old}"),
        format!("ZADD {lanes}:{old} 0 {order}{JOB}"),
        format!("ZADD {lanes}s 0 {old}"),
        format!("INCR {lanes}s:version"),
    ] {
        engine.command::<u32>(&words).await;
    }
    let mut old = worker("ada");
    old.offers = vec![conformance::offer("python", "3.9.1")];
    harness.assert_nothing_for(&old).await;
    assert_eq!(job_ids(&harness.claim(&worker("bob"), 1).await), jobs(&[1]));
}

#[tokio::test]
async fn an_attempt_receives_messages_from_another_process() {
    let engine = RedisEngine::new().await;
    let (here, there) = (Harness::open(&engine).await, Harness::open(&engine).await);
    here.enqueue_all([1]).await;
    let mut claim = there.claim_one().await;
    for n in 0..200_u16 {
        let (here, message) = (Arc::clone(&here.broker), Control::Stdin(n.to_string().into_bytes()));
        let said = tokio::spawn(async move { here.control(JOB, message).await.expect("sends") });
        assert_eq!(
            with_timeout(claim.control.recv()).await,
            Some(Control::Stdin(n.to_string().into_bytes()))
        );
        assert_eq!(with_timeout(said).await.expect("runs"), Delivery::Delivered);
    }
    assert_eq!(here.broker.cancel(JOB).await.expect("cancels"), CancelOutcome::Signalled);
    assert_eq!(with_timeout(claim.control.recv()).await, Some(Control::Cancel));
    drop(claim.control);
    // The process of the attempt notices it with the next message, and marks the inbox as closed.
    while here.broker.control(JOB, Control::KeepAlive).await.expect("sends") == Delivery::Delivered {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn the_attempt_of_a_dead_process_keeps_its_lease_until_it_expires() {
    let engine = RedisEngine::new().await;
    let harness = Harness::open(&engine).await;
    harness.enqueue_all([1]).await;
    let old = harness.claim_one().await.attempt;
    let harness = harness.reopen(&engine).await;
    harness.assert_nothing_for(&worker("bob")).await;
    assert_eq!(
        harness.broker.renew(std::slice::from_ref(&old)).await.expect("renews"),
        [RenewOutcome::Renewed]
    );
    harness.clock.advance(LEASE);
    assert_eq!(harness.expire_leases().await, []);
    harness.advance_past_delays().await;
    assert_eq!(harness.claim_one().await.attempt.number, 2);
    assert_eq!(harness.broker.settle(&old).await.expect("settles"), SettleOutcome::Lost);
}

#[tokio::test]
async fn dead_letters_are_reported_to_every_process() {
    let engine = RedisEngine::new().await;
    let here = Harness::open_with(&engine, |settings| settings.retry.max_attempts = 1).await;
    let there = Harness::open(&engine).await;
    assert_eq!(there.expire_leases().await, []);
    here.enqueue_all([1]).await;
    let claim = here.claim_one().await;
    here.broker.abandon(&claim.attempt, AbandonReason::Fault("oops".to_owned())).await.expect("abandons");
    for process in [&here, &there] {
        assert_eq!(process.expire_leases().await, jobs(&[1]));
        assert_eq!(process.expire_leases().await, []);
    }
}

#[tokio::test]
async fn installations_with_different_namespaces_are_isolated_on_one_redis() {
    let engine = RedisEngine::new().await;
    let harness = Harness::open(&engine).await;
    harness.enqueue_all([1]).await;
    let other = RedisSettings { namespace: "other".to_owned(), ..RedisSettings::default() };
    let other = engine.connect(other);
    assert_eq!(other.ticket(JOB).await.expect("asks"), None);
    assert_pending(other.claim(&worker("ada"), 1)).await;
}

// Events

#[tokio::test]
async fn thousands_of_event_subscriptions_use_one_connection() {
    const JOBS: u128 = 2_000;
    let engine = RedisEngine::new().await;
    let (here, there) = (Harness::open(&engine).await, Harness::open(&engine).await);
    let mut streams = Vec::new();
    for job in (1..=JOBS).map(JobId::from_u128) {
        streams.push(here.broker.events(job, None).await.expect("watches"));
    }
    let listeners: String = engine.command("CLIENT LIST TYPE pubsub").await;
    let (expected, listening) = (2, listeners.lines().filter(|line| !line.is_empty()).count());
    assert_eq!(listening, expected, "{listeners}");
    for job in (1..=JOBS).map(JobId::from_u128) {
        there.broker.publish(job, finished_event(1)).await;
    }
    for stream in streams {
        assert_eq!(with_timeout(stream.collect::<Vec<_>>()).await, [finished_event(1)]);
    }
    testkit::eventually("nobody listens for what nobody watches", Duration::from_secs(10), async || {
        engine.command::<Vec<String>>("PUBSUB CHANNELS *:of:*").await.is_empty().then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_subscriber_whose_connection_was_cut_gets_all_events() {
    let engine = RedisEngine::new().await;
    let (here, there) = (Harness::open(&engine).await, Harness::open(&engine).await);
    let stream = here.broker.events(JOB, None).await.expect("watches");
    let mut received = Vec::new();
    for round in 0..5 {
        for n in 0..20 {
            let event = output(round * 20 + n, "x");
            received.push(event.clone());
            there.broker.publish(JOB, event).await;
            if n == 5 {
                engine.cut_pubsub_connections().await;
            }
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    there.broker.publish(JOB, finished_event(1_000)).await;
    received.push(finished_event(1_000));
    assert_eq!(with_timeout(stream.collect::<Vec<_>>()).await, received);
}

#[tokio::test]
async fn a_subscriber_gets_the_finished_event_after_a_redis_restart() {
    let mut engine = RedisEngine::new().await;
    let harness = Harness::open(&engine).await;
    let stream = harness.broker.events(JOB, None).await.expect("watches");
    harness.broker.publish(JOB, output(1, "before")).await;
    engine.0.kill();
    harness.broker.publish(JOB, output(2, "never published")).await;
    engine.0.restart().await;
    harness.broker.publish(JOB, finished_event(3)).await;
    assert_eq!(with_timeout(stream.collect::<Vec<_>>()).await, [output(1, "before"), finished_event(3)]);
}

#[tokio::test]
async fn messages_and_tickets_arrive_after_connections_were_cut() {
    let engine = RedisEngine::new().await;
    let (here, there) = (Harness::open(&engine).await, Harness::open(&engine).await);
    here.enqueue_all([1]).await;
    let mut claim = there.claim_one().await;
    for n in 0..10_u16 {
        engine.cut_pubsub_connections().await;
        let message = Control::Stdin(n.to_string().into_bytes());
        assert_eq!(here.broker.control(JOB, message.clone()).await.expect("sends"), Delivery::Delivered);
        assert_eq!(with_timeout(claim.control.recv()).await, Some(message));
    }
    let broker = Arc::clone(&there.broker);
    let waiting = tokio::spawn(async move { broker.claim(&worker("ada"), 1).await });
    there.assert_nothing_for(&worker("bob")).await;
    engine.cut_pubsub_connections().await;
    here.enqueue_all([2]).await;
    assert_eq!(job_ids(&with_timeout(waiting).await.expect("runs").expect("claims")), jobs(&[2]));
}

// Failures of Redis

/// Asserts that the queue is unavailable.
fn assert_unavailable<T: std::fmt::Debug>(answer: &Result<T, BrokerError>) {
    assert!(matches!(answer, Err(BrokerError::Unavailable { .. })), "{answer:?}");
}

#[tokio::test]
async fn while_redis_is_down_every_operation_fails_and_afterwards_works() {
    let mut engine = RedisEngine::new().await;
    let harness = Harness::open(&engine).await;
    harness.enqueue_all([1, 2]).await;
    let claim = harness.claim_one().await;
    engine.0.kill();
    let broker = &harness.broker;
    assert_unavailable(&with_timeout(broker.enqueue(harness.ticket(3))).await);
    assert_unavailable(&with_timeout(broker.claim(&worker("bob"), 1)).await);
    assert_unavailable(&with_timeout(broker.renew(std::slice::from_ref(&claim.attempt))).await);
    assert_unavailable(&with_timeout(broker.settle(&claim.attempt)).await);
    assert_unavailable(&with_timeout(broker.abandon(&claim.attempt, AbandonReason::Drained)).await);
    assert_unavailable(&with_timeout(broker.cancel(JOB)).await);
    assert_unavailable(&with_timeout(broker.control(JOB, Control::Eof)).await);
    assert_unavailable(&with_timeout(broker.ticket(JOB)).await);
    assert_unavailable(&with_timeout(broker.position(JOB)).await);
    assert_unavailable(&with_timeout(broker.expire_leases()).await);
    assert_unavailable(&with_timeout(broker.stats()).await);
    assert_unavailable(&with_timeout(broker.workers()).await);
    assert_unavailable(&with_timeout(broker.events(JOB, None)).await.map(drop));
    engine.0.restart().await;
    // Without intervention, and with all acknowledged changes.
    assert_eq!(broker.settle(&claim.attempt).await.expect("settles"), SettleOutcome::Settled);
    assert_eq!(job_ids(&harness.claim(&worker("ada"), 5).await), jobs(&[2]));
}

#[tokio::test]
async fn a_waiting_claim_fails_when_redis_goes_down() {
    let mut engine = RedisEngine::new().await;
    let harness = Harness::open(&engine).await;
    let broker = Arc::clone(&harness.broker);
    let waiting = tokio::spawn(async move { broker.claim(&worker("ada"), 1).await });
    harness.assert_nothing_for(&worker("bob")).await;
    engine.0.kill();
    assert_unavailable(&with_timeout(waiting).await.expect("runs"));
}

#[tokio::test]
async fn a_redis_that_does_not_answer_is_unavailable_after_the_timeout() {
    let engine = RedisEngine::new().await;
    let settings = RedisSettings { timeout: Duration::from_millis(100), ..RedisSettings::default() };
    let broker = engine.connect(settings);
    assert_eq!(broker.ticket(JOB).await.expect("asks"), None);
    engine.0.freeze();
    assert_unavailable(&with_timeout(broker.ticket(JOB)).await);
    assert_unavailable(&with_timeout(broker.stats()).await);
    engine.0.thaw();
    assert_eq!(broker.ticket(JOB).await.expect("asks"), None);
}

#[tokio::test]
async fn a_broker_started_before_redis_works_once_redis_is_up() {
    let mut engine = RedisEngine::new().await;
    engine.0.kill();
    let harness = Harness::open(&engine).await;
    assert_unavailable(&with_timeout(harness.broker.stats()).await);
    engine.0.restart().await;
    run_every_operation(&harness).await;
}

#[tokio::test]
async fn an_invalid_address_is_rejected_with_an_example() {
    for address in ["", "localhost:6379", "http://localhost", "redis://:port"] {
        let refused = RedisBroker::connect(address, RedisSettings::default());
        let Err(error @ BrokerError::Address { .. }) = refused else { panic!("{address} is taken") };
        assert!(error.to_string().contains("redis://HOST:PORT"), "{error}");
    }
}

#[tokio::test]
async fn scripts_missing_in_redis_are_loaded_again() {
    let engine = RedisEngine::new().await;
    let harness = Harness::open(&engine).await;
    harness.enqueue_all([1]).await;
    engine.command::<()>("SCRIPT FLUSH").await;
    harness.enqueue_all([2]).await;
    assert_eq!(job_ids(&harness.claim(&worker("ada"), 5).await), jobs(&[1, 2]));
}

#[tokio::test]
async fn after_a_flush_the_queue_is_rebuilt_and_attempt_numbers_are_not_reused() {
    let engine = RedisEngine::new().await;
    let harness = Harness::open(&engine).await;
    harness.enqueue_all([1]).await;
    let before = harness.claim_one().await.attempt;
    engine.command::<()>("FLUSHALL").await;
    assert_eq!(harness.broker.settle(&before).await.expect("settles"), SettleOutcome::Lost);
    // As the reconciler does, from the record.
    let mut ticket = harness.ticket(1);
    ticket.attempts_begun = before.number;
    harness.enqueue(ticket).await;
    assert_eq!(harness.claim_one().await.attempt.number, before.number + 1);
}

#[tokio::test]
async fn all_keys_are_in_one_cluster_slot() {
    let engine = RedisEngine(Redis::start_in_a_cluster().await);
    engine.command::<()>("CLUSTER ADDSLOTSRANGE 0 16383").await;
    let harness = Harness::open(&engine).await;
    testkit::eventually("the cluster serves", Duration::from_secs(20), async || {
        harness.broker.stats().await.ok().map(drop)
    })
    .await;
    run_every_operation(&harness).await;
    let keys: Vec<String> = engine.command("KEYS *").await;
    assert!(keys.iter().all(|key| key.starts_with("{coderunner}:")), "{keys:?}");
}

// Time and cleanup

#[tokio::test]
async fn without_a_clock_the_time_of_redis_is_used() {
    let engine = RedisEngine::new().await;
    let settings = RedisSettings { lease_time: Duration::from_millis(50), ..RedisSettings::default() };
    let broker = engine.connect(settings);
    let harness = Harness::open(&engine).await;
    broker.enqueue(harness.ticket(1)).await.expect("enqueues");
    let claims = with_timeout(broker.claim(&worker("ada"), 1)).await.expect("claims");
    assert_eq!(broker.ticket(JOB).await.expect("asks"), Some(TicketState::Leased));
    tokio::time::sleep(Duration::from_millis(60)).await;
    broker.expire_leases().await.expect("expires");
    assert_eq!(broker.ticket(JOB).await.expect("asks"), Some(TicketState::Waiting));
    assert_eq!(broker.settle(&claims[0].attempt).await.expect("settles"), SettleOutcome::Lost);
}

#[tokio::test]
async fn a_clock_set_back_extends_no_lease_and_no_delay() {
    let engine = RedisEngine::new().await;
    let harness = Harness::open(&engine).await;
    harness.enqueue_all([1, 2]).await;
    let claims = harness.claim(&worker("ada"), 2).await;
    harness
        .broker
        .abandon(&claims[1].attempt, AbandonReason::Fault("oops".to_owned()))
        .await
        .expect("abandons");
    let hour_ago = harness.clock.now().minus(Duration::from_hours(1));
    let (early, late) = (hour_ago, hour_ago.plus(LEASE));
    for (now, expected) in [(early, TicketState::Leased), (late, TicketState::Waiting)] {
        let mut settings = harness.settings.clone();
        settings.clock = Clock::new(move || now);
        let broker = engine.open(settings).await;
        broker.expire_leases().await.expect("expires");
        assert_eq!(broker.ticket(JOB).await.expect("asks"), Some(expected), "at {now:?}");
    }
    let settings = EngineSettings { clock: Clock::new(move || late.plus(LEASE)), ..harness.settings.clone() };
    let broker = engine.open(settings).await;
    let claims = with_timeout(broker.claim(&worker("bob"), 2)).await.expect("claims");
    assert_eq!(job_ids(&claims), jobs(&[1, 2]));
}

#[tokio::test]
async fn finished_jobs_leave_no_keys() {
    let engine = RedisEngine::new().await;
    let harness = Harness::open(&engine).await;
    run_every_operation(&harness).await;
    harness.clock.advance(Duration::from_hours(1));
    harness.expire_leases().await;
    let mut keys: Vec<String> = engine.command("KEYS *").await;
    keys.sort();
    // Counters, and the offered versions of each language.
    let left = [
        "counts",
        "finished:weight",
        "lanes:version",
        "offered:python",
        "offered:ruby",
        "place",
        "turn",
        "turns:container",
    ];
    assert_eq!(keys, left.map(|name| format!("{{coderunner}}:q1:{name}")));
}

#[tokio::test]
async fn the_events_of_all_finished_jobs_together_are_bounded() {
    let engine = RedisEngine::new().await;
    let events = EventSettings { max_total: Bytes::kib(100), ..EventSettings::default() };
    let broker = engine.connect(RedisSettings { events, ..RedisSettings::default() });
    let text = "x".repeat(10 << 10);
    for job in (0..50).map(JobId::from_u128) {
        broker.publish(job, output(1, &text)).await;
        broker.publish(job, finished_event(2)).await;
    }
    let mut first = broker.events(JobId::from_u128(0), None).await.expect("watches");
    assert_pending(first.next()).await;
    let last = broker.events(JobId::from_u128(49), None).await.expect("watches");
    assert_eq!(with_timeout(last.collect::<Vec<_>>()).await.len(), 2);
}

#[tokio::test]
async fn dead_letters_are_deleted_after_their_retention() {
    let engine = RedisEngine::new().await;
    let harness = Harness::open_with(&engine, |settings| settings.retry.max_attempts = 1).await;
    harness.enqueue_all([1]).await;
    drop(harness.claim_one().await);
    harness.clock.advance(harness.settings.lease_time);
    assert_eq!(harness.expire_leases().await, jobs(&[1]));
    harness.clock.advance(RedisSettings::default().keep_dead);
    harness.expire_leases().await;
    assert_eq!(harness.broker.ticket(JOB).await.expect("asks"), None);
    assert_eq!(harness.broker.stats().await.expect("asks").dead_letters, 0);
}

#[test]
fn both_engines_have_the_same_defaults() {
    let (redis, embedded) = (RedisSettings::default(), broker::EmbeddedSettings::default());
    assert_eq!(redis.lease_time, embedded.lease_time);
    assert_eq!((redis.retry, redis.events), (embedded.retry, embedded.events));
    assert_eq!((redis.max_waiting, redis.aging), (embedded.max_waiting, embedded.aging));
    assert_eq!((redis.keep_dead, redis.timeout), (embedded.keep_dead, Duration::from_secs(2)));
}
