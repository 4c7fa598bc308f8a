//! The conformance suite on Redis, and what only this engine promises.

mod conformance;

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use broker::{
    Abandonment, Broker, BrokerError, Cancel, Clock, Control, Delivery, EventSettings, RedisBroker,
    RedisSettings, Renewal, Settled, TicketState,
};
use model::{Bytes, Event, JobEvent, JobId, Seq, Stream};
use redis::{Cmd, FromRedisValue};
use testkit::Redis;
use tokio_stream::StreamExt as _;

use conformance::{Bench, Engine, LEASE, Rules, claimed, conformance, jobs, never, soon, worker};

const JOB: JobId = JobId::from_u128(1);

/// A Redis of the test's own.
struct OnRedis(Redis);

impl OnRedis {
    async fn new() -> Self {
        Self(Redis::start().await)
    }

    fn settings(rules: Rules) -> RedisSettings {
        RedisSettings {
            lease_time: rules.lease_time,
            retry: rules.retry,
            most_waiting: rules.most_waiting,
            aging: rules.aging,
            events: EventSettings {
                keep_finished: rules.keep_finished_events,
                most_per_job: Bytes(rules.most_event_bytes_per_job),
                ..EventSettings::default()
            },
            clock: Some(rules.clock),
            ..RedisSettings::default()
        }
    }

    /// One more process on the same queue.
    fn connect(&self, settings: RedisSettings) -> RedisBroker {
        RedisBroker::connect(&self.0.url(), settings).expect("connects")
    }

    /// Tells Redis something, past the queue.
    async fn tell<T: FromRedisValue>(&self, words: &str) -> T {
        let client = redis::Client::open(self.0.url()).expect("an address");
        let mut connection = client.get_multiplexed_async_connection().await.expect("connects");
        let mut command = Cmd::new();
        for word in words.split(' ') {
            command.arg(word);
        }
        command.query_async(&mut connection).await.expect("does as told")
    }

    /// Cuts the connections on which processes listen.
    async fn cut_listeners(&self) {
        assert!(self.tell::<u32>("CLIENT KILL TYPE pubsub").await > 0, "nobody listened");
    }
}

#[async_trait]
impl Engine for OnRedis {
    async fn open(&self, rules: Rules) -> Arc<dyn Broker> {
        Arc::new(self.connect(Self::settings(rules)))
    }
}

conformance!(OnRedis::new().await);

fn output(n: u64, text: &str) -> Event {
    Event { seq: Seq::of(1, n), event: JobEvent::Output { stream: Stream::Stdout, text: text.to_owned() } }
}

fn finished(n: u64) -> Event {
    Event { seq: Seq::of(1, n), event: JobEvent::Finished }
}

/// Does everything once that a queue can do, on an empty one.
async fn live_a_whole_life(bench: &Bench) {
    let broker = &bench.broker;
    bench.enqueue_all(1..=4).await;
    let mut claims = bench.claim(&worker("ada"), 3).await;
    assert_eq!(claimed(&claims), jobs(&[1, 2, 3]));
    let attempts = conformance::attempts(&claims);
    assert_eq!(broker.renew(&attempts).await.expect("renews"), [Renewal::Renewed; 3]);
    assert_eq!(broker.control(JOB, Control::Eof).await.expect("sends"), Delivery::Delivered);
    assert_eq!(soon(claims[0].control.recv()).await, Some(Control::Eof));
    assert_eq!(broker.cancel(JOB).await.expect("cancels"), Cancel::Signalled);
    assert_eq!(soon(claims[0].control.recv()).await, Some(Control::Cancel));
    assert_eq!(broker.cancel(JobId::from_u128(4)).await.expect("cancels"), Cancel::Dequeued);
    let mut events = broker.events(JOB, None).await.expect("watches");
    for event in [output(1, "hello"), finished(2)] {
        broker.publish(JOB, event.clone()).await;
        assert_eq!(soon(events.next()).await, Some(event));
    }
    assert_eq!(broker.settle(&attempts[0]).await.expect("settles"), Settled::Settled);
    broker.abandon(&attempts[1], Abandonment::Fault("oops".to_owned())).await.expect("abandons");
    broker.abandon(&attempts[2], Abandonment::Drained).await.expect("abandons");
    let stats = broker.stats().await.expect("asks");
    assert_eq!((stats.pools[0].waiting.total(), stats.pools[0].running, stats.pools[0].workers), (2, 0, 1));
    bench.sit_out_delays().await;
    for claim in bench.claim(&worker("ada"), 5).await {
        assert_eq!(broker.settle(&claim.attempt).await.expect("settles"), Settled::Settled);
    }
    assert_eq!(broker.stats().await.expect("asks").pools[0].waiting.total(), 0);
}

// Many processes

#[tokio::test]
async fn a_claim_that_waits_in_one_process_gets_what_comes_from_another() {
    let engine = OnRedis::new().await;
    let (here, there) = (Bench::open(&engine).await, Bench::open(&engine).await);
    let broker = Arc::clone(&here.broker);
    let waiting = tokio::spawn(async move { broker.claim(&worker("ada"), 1).await });
    here.nothing_for(&worker("bob")).await;
    there.enqueue_all([1]).await;
    assert_eq!(claimed(&soon(waiting).await.expect("runs").expect("claims")), jobs(&[1]));
}

#[tokio::test]
async fn one_process_leads_at_a_time() {
    const TERM: Duration = Duration::from_secs(10);
    const ALMOST: Duration = Duration::from_millis(9_999);
    let engine = OnRedis::new().await;
    let here = Bench::open(&engine).await;
    let there = engine.connect(OnRedis::settings(here.rules.clone()));
    let leads = async |broker: &dyn Broker| broker.lead(TERM).await.expect("asks");
    assert!(leads(here.broker.as_ref()).await && !leads(&there).await);
    here.hands.advance(ALMOST);
    assert!(!leads(&there).await, "its term has not ended");
    there.resign().await.expect("is no leader");
    assert!(leads(here.broker.as_ref()).await && !leads(&there).await);
    here.hands.advance(TERM);
    assert!(leads(&there).await, "the leader was not heard of");
    assert!(!leads(here.broker.as_ref()).await);
    there.resign().await.expect("resigns");
    assert!(leads(here.broker.as_ref()).await);
}

#[tokio::test]
async fn each_version_that_a_client_wrote_had_a_lane_that_all_workers_read() {
    let engine = OnRedis::new().await;
    let bench = Bench::open(&engine).await;
    bench.enqueue_all([1_000]).await;
    bench.claim_one().await;
    for job in 1..=500 {
        let version = format!(">=3.{job}.{job}").parse().expect("a requirement");
        bench.enqueue(broker::Ticket { version: Some(version), ..bench.ticket(job) }).await;
    }
    let lanes: u32 = engine.tell("ZCARD {coderunner}:q1:lanes").await;
    assert_eq!(lanes, 3, "what takes any version, what some worker can run, and what none can");
}

#[tokio::test]
async fn tickets_that_an_earlier_release_filed_are_claimed() {
    let engine = OnRedis::new().await;
    let bench = Bench::open(&engine).await;
    let version = ">=3.10".parse().expect("a requirement");
    bench.enqueue(broker::Ticket { version: Some(version), ..bench.ticket(1) }).await;
    let (ticket, lanes) = (format!("{{coderunner}}:q1:ticket:{JOB}"), "{coderunner}:q1:lane");
    let lane: String = engine.tell(&format!("HGET {ticket} lane")).await;
    let order: String = engine.tell(&format!("HGET {ticket} order")).await;
    let old = "container|normal|python|>=3.10";
    for words in [
        format!("DEL {lanes}:{lane}"),
        format!("HDEL {ticket} wants"),
        format!("HSET {ticket} lane {old}"),
        format!("ZADD {lanes}:{old} 0 {order}{JOB}"),
        format!("ZADD {lanes}s 0 {old}"),
        format!("INCR {lanes}s:version"),
    ] {
        engine.tell::<u32>(&words).await;
    }
    let mut old = worker("ada");
    old.offers = vec![conformance::offer("python", "3.9.1")];
    bench.nothing_for(&old).await;
    assert_eq!(claimed(&bench.claim(&worker("bob"), 1).await), jobs(&[1]));
}

#[tokio::test]
async fn an_attempt_is_spoken_to_from_another_process() {
    let engine = OnRedis::new().await;
    let (here, there) = (Bench::open(&engine).await, Bench::open(&engine).await);
    here.enqueue_all([1]).await;
    let mut claim = there.claim_one().await;
    for n in 0..200_u16 {
        let (here, message) = (Arc::clone(&here.broker), Control::Stdin(n.to_string().into_bytes()));
        let said = tokio::spawn(async move { here.control(JOB, message).await.expect("sends") });
        assert_eq!(soon(claim.control.recv()).await, Some(Control::Stdin(n.to_string().into_bytes())));
        assert_eq!(soon(said).await.expect("runs"), Delivery::Delivered);
    }
    assert_eq!(here.broker.cancel(JOB).await.expect("cancels"), Cancel::Signalled);
    assert_eq!(soon(claim.control.recv()).await, Some(Control::Cancel));
    drop(claim.control);
    // The process that had it finds out when it has something to deliver, and says so.
    while here.broker.control(JOB, Control::KeepAlive).await.expect("sends") == Delivery::Delivered {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn the_attempt_of_a_process_that_is_gone_keeps_its_lease_until_it_runs_out() {
    let engine = OnRedis::new().await;
    let bench = Bench::open(&engine).await;
    bench.enqueue_all([1]).await;
    let old = bench.claim_one().await.attempt;
    let bench = bench.reopen(&engine).await;
    bench.nothing_for(&worker("bob")).await;
    assert_eq!(bench.broker.renew(std::slice::from_ref(&old)).await.expect("renews"), [Renewal::Renewed]);
    bench.hands.advance(LEASE);
    assert_eq!(bench.expire().await, []);
    bench.sit_out_delays().await;
    assert_eq!(bench.claim_one().await.attempt.number, 2);
    assert_eq!(bench.broker.settle(&old).await.expect("settles"), Settled::Lost);
}

#[tokio::test]
async fn every_process_is_told_who_died() {
    let engine = OnRedis::new().await;
    let here = Bench::open_with(&engine, |rules| rules.retry.most_attempts = 1).await;
    let there = Bench::open(&engine).await;
    assert_eq!(there.expire().await, []);
    here.enqueue_all([1]).await;
    let claim = here.claim_one().await;
    here.broker.abandon(&claim.attempt, Abandonment::Fault("oops".to_owned())).await.expect("abandons");
    for process in [&here, &there] {
        assert_eq!(process.expire().await, jobs(&[1]));
        assert_eq!(process.expire().await, []);
    }
}

#[tokio::test]
async fn installations_with_other_names_share_a_redis_and_nothing_else() {
    let engine = OnRedis::new().await;
    let bench = Bench::open(&engine).await;
    bench.enqueue_all([1]).await;
    let other = RedisSettings { namespace: "other".to_owned(), ..RedisSettings::default() };
    let other = engine.connect(other);
    assert_eq!(other.ticket(JOB).await.expect("asks"), None);
    never(other.claim(&worker("ada"), 1)).await;
}

// Events

#[tokio::test]
async fn thousands_of_jobs_are_watched_from_another_process_over_one_connection() {
    const JOBS: u128 = 2_000;
    let engine = OnRedis::new().await;
    let (here, there) = (Bench::open(&engine).await, Bench::open(&engine).await);
    let mut streams = Vec::new();
    for job in (1..=JOBS).map(JobId::from_u128) {
        streams.push(here.broker.events(job, None).await.expect("watches"));
    }
    let listeners: String = engine.tell("CLIENT LIST TYPE pubsub").await;
    let (one_each, listening) = (2, listeners.lines().filter(|line| !line.is_empty()).count());
    assert_eq!(listening, one_each, "{listeners}");
    for job in (1..=JOBS).map(JobId::from_u128) {
        there.broker.publish(job, finished(1)).await;
    }
    for stream in streams {
        assert_eq!(soon(stream.collect::<Vec<_>>()).await, [finished(1)]);
    }
    testkit::eventually("nobody listens for what nobody watches", Duration::from_secs(10), async || {
        engine.tell::<Vec<String>>("PUBSUB CHANNELS *:of:*").await.is_empty().then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_watcher_whose_connection_was_cut_misses_nothing() {
    let engine = OnRedis::new().await;
    let (here, there) = (Bench::open(&engine).await, Bench::open(&engine).await);
    let stream = here.broker.events(JOB, None).await.expect("watches");
    let mut told = Vec::new();
    for round in 0..5 {
        for n in 0..20 {
            let event = output(round * 20 + n, "x");
            told.push(event.clone());
            there.broker.publish(JOB, event).await;
            if n == 5 {
                engine.cut_listeners().await;
            }
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    there.broker.publish(JOB, finished(1_000)).await;
    told.push(finished(1_000));
    assert_eq!(soon(stream.collect::<Vec<_>>()).await, told);
}

#[tokio::test]
async fn a_watcher_hears_the_end_though_redis_was_started_again() {
    let mut engine = OnRedis::new().await;
    let bench = Bench::open(&engine).await;
    let stream = bench.broker.events(JOB, None).await.expect("watches");
    bench.broker.publish(JOB, output(1, "before")).await;
    engine.0.kill();
    bench.broker.publish(JOB, output(2, "never told")).await;
    engine.0.start_again().await;
    bench.broker.publish(JOB, finished(3)).await;
    assert_eq!(soon(stream.collect::<Vec<_>>()).await, [output(1, "before"), finished(3)]);
}

#[tokio::test]
async fn words_and_tickets_get_through_though_connections_are_cut() {
    let engine = OnRedis::new().await;
    let (here, there) = (Bench::open(&engine).await, Bench::open(&engine).await);
    here.enqueue_all([1]).await;
    let mut claim = there.claim_one().await;
    for n in 0..10_u16 {
        engine.cut_listeners().await;
        let message = Control::Stdin(n.to_string().into_bytes());
        assert_eq!(here.broker.control(JOB, message.clone()).await.expect("sends"), Delivery::Delivered);
        assert_eq!(soon(claim.control.recv()).await, Some(message));
    }
    let broker = Arc::clone(&there.broker);
    let waiting = tokio::spawn(async move { broker.claim(&worker("ada"), 1).await });
    there.nothing_for(&worker("bob")).await;
    engine.cut_listeners().await;
    here.enqueue_all([2]).await;
    assert_eq!(claimed(&soon(waiting).await.expect("runs").expect("claims")), jobs(&[2]));
}

// A Redis that fails

/// That the queue says that it cannot be reached.
fn is_away<T: std::fmt::Debug>(answer: &Result<T, BrokerError>) {
    assert!(matches!(answer, Err(BrokerError::Unavailable { .. })), "{answer:?}");
}

#[tokio::test]
async fn while_redis_is_down_all_say_so_at_once_and_afterwards_go_on() {
    let mut engine = OnRedis::new().await;
    let bench = Bench::open(&engine).await;
    bench.enqueue_all([1, 2]).await;
    let claim = bench.claim_one().await;
    engine.0.kill();
    let broker = &bench.broker;
    is_away(&soon(broker.enqueue(bench.ticket(3))).await);
    is_away(&soon(broker.claim(&worker("bob"), 1)).await);
    is_away(&soon(broker.renew(std::slice::from_ref(&claim.attempt))).await);
    is_away(&soon(broker.settle(&claim.attempt)).await);
    is_away(&soon(broker.abandon(&claim.attempt, Abandonment::Drained)).await);
    is_away(&soon(broker.cancel(JOB)).await);
    is_away(&soon(broker.control(JOB, Control::Eof)).await);
    is_away(&soon(broker.ticket(JOB)).await);
    is_away(&soon(broker.position(JOB)).await);
    is_away(&soon(broker.expire()).await);
    is_away(&soon(broker.stats()).await);
    is_away(&soon(broker.workers()).await);
    is_away(&soon(broker.events(JOB, None)).await.map(drop));
    engine.0.start_again().await;
    // By itself, and with all that had been acknowledged.
    assert_eq!(broker.settle(&claim.attempt).await.expect("settles"), Settled::Settled);
    assert_eq!(claimed(&bench.claim(&worker("ada"), 5).await), jobs(&[2]));
}

#[tokio::test]
async fn a_claim_that_waits_while_redis_goes_down_says_so() {
    let mut engine = OnRedis::new().await;
    let bench = Bench::open(&engine).await;
    let broker = Arc::clone(&bench.broker);
    let waiting = tokio::spawn(async move { broker.claim(&worker("ada"), 1).await });
    bench.nothing_for(&worker("bob")).await;
    engine.0.kill();
    is_away(&soon(waiting).await.expect("runs"));
}

#[tokio::test]
async fn a_redis_that_does_not_answer_is_given_up_after_the_patience_of_the_settings() {
    let engine = OnRedis::new().await;
    let settings = RedisSettings { patience: Duration::from_millis(100), ..RedisSettings::default() };
    let broker = engine.connect(settings);
    assert_eq!(broker.ticket(JOB).await.expect("asks"), None);
    engine.0.freeze();
    is_away(&soon(broker.ticket(JOB)).await);
    is_away(&soon(broker.stats()).await);
    engine.0.thaw();
    assert_eq!(broker.ticket(JOB).await.expect("asks"), None);
}

#[tokio::test]
async fn who_starts_before_redis_does_goes_on_when_it_has() {
    let mut engine = OnRedis::new().await;
    engine.0.kill();
    let bench = Bench::open(&engine).await;
    is_away(&soon(bench.broker.stats()).await);
    engine.0.start_again().await;
    live_a_whole_life(&bench).await;
}

#[tokio::test]
async fn an_address_that_is_none_is_refused_with_an_example() {
    for address in ["", "localhost:6379", "http://localhost", "redis://:port"] {
        let refused = RedisBroker::connect(address, RedisSettings::default());
        let Err(error @ BrokerError::Address { .. }) = refused else { panic!("{address} is taken") };
        assert!(error.to_string().contains("redis://HOST:PORT"), "{error}");
    }
}

#[tokio::test]
async fn scripts_that_redis_has_forgotten_are_loaded_again() {
    let engine = OnRedis::new().await;
    let bench = Bench::open(&engine).await;
    bench.enqueue_all([1]).await;
    engine.tell::<()>("SCRIPT FLUSH").await;
    bench.enqueue_all([2]).await;
    assert_eq!(claimed(&bench.claim(&worker("ada"), 5).await), jobs(&[1, 2]));
}

#[tokio::test]
async fn a_redis_that_forgot_everything_is_filled_again_and_hands_out_no_number_twice() {
    let engine = OnRedis::new().await;
    let bench = Bench::open(&engine).await;
    bench.enqueue_all([1]).await;
    let before = bench.claim_one().await.attempt;
    engine.tell::<()>("FLUSHALL").await;
    assert_eq!(bench.broker.settle(&before).await.expect("settles"), Settled::Lost);
    // As the reconciler does, from the record.
    let mut ticket = bench.ticket(1);
    ticket.attempts_begun = before.number;
    bench.enqueue(ticket).await;
    assert_eq!(bench.claim_one().await.attempt.number, before.number + 1);
}

#[tokio::test]
async fn all_keys_are_in_one_slot_of_a_cluster() {
    let engine = OnRedis(Redis::start_in_a_cluster().await);
    engine.tell::<()>("CLUSTER ADDSLOTSRANGE 0 16383").await;
    let bench = Bench::open(&engine).await;
    testkit::eventually("the cluster serves", Duration::from_secs(20), async || {
        bench.broker.stats().await.ok().map(drop)
    })
    .await;
    live_a_whole_life(&bench).await;
    let keys: Vec<String> = engine.tell("KEYS *").await;
    assert!(keys.iter().all(|key| key.starts_with("{coderunner}:")), "{keys:?}");
}

// Time, and what is left

#[tokio::test]
async fn without_a_clock_the_time_is_that_of_redis() {
    let engine = OnRedis::new().await;
    let settings = RedisSettings { lease_time: Duration::from_millis(50), ..RedisSettings::default() };
    let broker = engine.connect(settings);
    let bench = Bench::open(&engine).await;
    broker.enqueue(bench.ticket(1)).await.expect("enqueues");
    let claims = soon(broker.claim(&worker("ada"), 1)).await.expect("claims");
    assert_eq!(broker.ticket(JOB).await.expect("asks"), Some(TicketState::Leased));
    tokio::time::sleep(Duration::from_millis(60)).await;
    broker.expire().await.expect("expires");
    assert_eq!(broker.ticket(JOB).await.expect("asks"), Some(TicketState::Waiting));
    assert_eq!(broker.settle(&claims[0].attempt).await.expect("settles"), Settled::Lost);
}

#[tokio::test]
async fn a_clock_that_is_set_back_makes_no_lease_and_no_delay_longer() {
    let engine = OnRedis::new().await;
    let bench = Bench::open(&engine).await;
    bench.enqueue_all([1, 2]).await;
    let claims = bench.claim(&worker("ada"), 2).await;
    bench.broker.abandon(&claims[1].attempt, Abandonment::Fault("oops".to_owned())).await.expect("abandons");
    let hour_ago = bench.hands.now().minus(Duration::from_hours(1));
    let (early, late) = (hour_ago, hour_ago.plus(LEASE));
    for (now, expected) in [(early, TicketState::Leased), (late, TicketState::Waiting)] {
        let mut rules = bench.rules.clone();
        rules.clock = Clock::new(move || now);
        let broker = engine.open(rules).await;
        broker.expire().await.expect("expires");
        assert_eq!(broker.ticket(JOB).await.expect("asks"), Some(expected), "at {now:?}");
    }
    let rules = Rules { clock: Clock::new(move || late.plus(LEASE)), ..bench.rules.clone() };
    let broker = engine.open(rules).await;
    let claims = soon(broker.claim(&worker("bob"), 2)).await.expect("claims");
    assert_eq!(claimed(&claims), jobs(&[1, 2]));
}

#[tokio::test]
async fn of_jobs_that_are_over_nothing_is_left() {
    let engine = OnRedis::new().await;
    let bench = Bench::open(&engine).await;
    live_a_whole_life(&bench).await;
    bench.hands.advance(Duration::from_hours(1));
    bench.expire().await;
    let mut keys: Vec<String> = engine.tell("KEYS *").await;
    keys.sort();
    // Numbers, and the versions that there are of each language.
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
async fn the_events_of_all_finished_jobs_together_are_bounded_too() {
    let engine = OnRedis::new().await;
    let events = EventSettings { most_in_all: Bytes::kib(100), ..EventSettings::default() };
    let broker = engine.connect(RedisSettings { events, ..RedisSettings::default() });
    let text = "x".repeat(10 << 10);
    for job in (0..50).map(JobId::from_u128) {
        broker.publish(job, output(1, &text)).await;
        broker.publish(job, finished(2)).await;
    }
    let mut first = broker.events(JobId::from_u128(0), None).await.expect("watches");
    never(first.next()).await;
    let last = broker.events(JobId::from_u128(49), None).await.expect("watches");
    assert_eq!(soon(last.collect::<Vec<_>>()).await.len(), 2);
}

#[tokio::test]
async fn dead_letters_are_forgotten_after_a_while() {
    let engine = OnRedis::new().await;
    let bench = Bench::open_with(&engine, |rules| rules.retry.most_attempts = 1).await;
    bench.enqueue_all([1]).await;
    drop(bench.claim_one().await);
    bench.hands.advance(bench.rules.lease_time);
    assert_eq!(bench.expire().await, jobs(&[1]));
    bench.hands.advance(RedisSettings::default().keep_dead);
    bench.expire().await;
    assert_eq!(bench.broker.ticket(JOB).await.expect("asks"), None);
    assert_eq!(bench.broker.stats().await.expect("asks").dead_letters, 0);
}

#[test]
fn the_usual_settings_are_those_of_the_other_engine() {
    let (redis, embedded) = (RedisSettings::default(), broker::EmbeddedSettings::default());
    assert_eq!(redis.lease_time, embedded.lease_time);
    assert_eq!((redis.retry, redis.events), (embedded.retry, embedded.events));
    assert_eq!((redis.most_waiting, redis.aging), (embedded.most_waiting, embedded.aging));
    assert_eq!((redis.keep_dead, redis.patience), (embedded.keep_dead, Duration::from_secs(2)));
}
