//! What a limiter promises, tried with both: the counts of one process and those shared in a real Redis.
//!
//! Time is a number here. What has been admitted is written down and looked through by brute force.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use model::Timestamp;
use proptest::{prelude::*, test_runner::TestRunner};
use redis::Client;
use testkit::Redis;
use tokio::runtime::Runtime;
use traffic::{
    Admission, BreakerSettings, Class, Decision, Limiter, LocalLimiter, Quota, Rule, SharedLimiter, TimeOf,
};

/// Where time begins: a number of today, so that nothing is lost to rounding that would not be lost then.
const BEGIN: i64 = 1_795_000_000_123;

/// A limiter of either kind.
#[derive(Clone)]
enum Engine {
    Local(Arc<LocalLimiter>),
    Shared(SharedLimiter),
}

impl Engine {
    async fn check(&self, caller: &str, quota: &Quota, at: i64) -> Decision {
        let now = Timestamp::from_millis(BEGIN + at);
        match self {
            Self::Local(limiter) => limiter.check(caller, quota, now),
            Self::Shared(limiter) => {
                let decision = limiter.check(caller, Class::Submission, quota, now).await;
                decision.expect("the shared counts answer")
            }
        }
    }
}

/// Both engines, and what they need.
struct Bench {
    runtime: Runtime,
    redis: Redis,
    callers: AtomicU64,
    local: Engine,
    shared: Engine,
}

impl Bench {
    fn new() -> Self {
        let runtime = Runtime::new().expect("a runtime");
        let (redis, shared) = runtime.block_on(async {
            let redis = Redis::start().await;
            let shared = sharing(&redis, TimeOf::Caller);
            (redis, shared)
        });
        let local = Engine::Local(Arc::new(LocalLimiter::new(LocalLimiter::MOST_CALLERS)));
        Self { runtime, redis, callers: AtomicU64::new(0), local, shared: Engine::Shared(shared) }
    }

    /// Tries a promise with both, each time with a caller that nobody has seen.
    fn holds<S: Strategy>(&self, cases: u32, strategy: &S, promise: impl Fn(&mut Caller<'_>, S::Value)) {
        let mut runner =
            TestRunner::new(ProptestConfig { cases, failure_persistence: None, ..Default::default() });
        let tried = runner.run(&(strategy, any::<bool>()), |(value, local)| {
            let engine = if local { &self.local } else { &self.shared };
            promise(&mut self.caller(engine), value);
            Ok(())
        });
        tried.unwrap_or_else(|error| panic!("{error}"));
    }

    fn caller<'a>(&'a self, engine: &'a Engine) -> Caller<'a> {
        let name = format!("caller-{}", self.callers.fetch_add(1, Ordering::Relaxed));
        Caller { bench: self, engine, name, admitted: Vec::new() }
    }
}

fn sharing(redis: &Redis, time: TimeOf) -> SharedLimiter {
    // The connection is made when it is first needed, by a task of the runtime.
    SharedLimiter::at(&redis.url(), time).expect("an address")
}

/// Somebody who sends requests.
struct Caller<'a> {
    bench: &'a Bench,
    engine: &'a Engine,
    name: String,
    /// When, by the true time.
    admitted: Vec<i64>,
}

impl Caller<'_> {
    fn ask(&mut self, quota: &Quota, at: i64) -> Decision {
        let decision = self.bench.runtime.block_on(self.engine.check(&self.name, quota, at));
        if decision.verdict == Admission::Admitted {
            self.admitted.push(at);
        }
        decision
    }

    /// The most of what was admitted that lies in any stretch as long as this, in milliseconds, its end excluded.
    fn most_within(&self, length: i64) -> usize {
        let within =
            |from: &i64| self.admitted.iter().filter(|at| (*from..from + length).contains(*at)).count();
        self.admitted.iter().map(within).max().unwrap_or(0)
    }
}

fn ms(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).expect("a span of our own")
}

fn window() -> impl Strategy<Value = Rule> {
    (1_u32..12, 10_u64..5_000)
        .prop_map(|(most, seconds)| Rule::Window { most, length: Duration::from_secs(seconds) })
}

fn burst() -> impl Strategy<Value = Rule> {
    (1_u32..12, 1_u32..9, 1_u64..100).prop_map(|(capacity, refill, seconds)| Rule::Burst {
        capacity,
        refill,
        per: Duration::from_secs(seconds),
    })
}

fn quota() -> impl Strategy<Value = Quota> {
    (window(), burst(), 11_u64..40).prop_map(|(window, burst, factor)| {
        let Rule::Window { most, length } = window else { unreachable!("it is a window") };
        let longer = Rule::Window { most: most * 3, length: length * u32::try_from(factor).expect("small") };
        let text = format!("{burst}, {window}, {longer}");
        text.parse().unwrap_or_else(|error| panic!("{error}"))
    })
}

/// How long after the last each request comes: many at once, and pauses of all lengths.
fn pauses() -> impl Strategy<Value = Vec<i64>> {
    let pause = prop_oneof![4 => Just(0), 3 => 1_i64..2_000, 2 => 0_i64..60_000, 1 => 0_i64..2_000_000];
    proptest::collection::vec(pause, 1..80)
}

#[test]
fn no_stretch_of_time_sees_more_than_a_rule_allows() {
    let bench = Bench::new();
    bench.holds(400, &(window(), pauses()), |caller, (rule, pauses)| {
        let (quota, mut at) = (Quota::only(rule), 0);
        for pause in pauses {
            at += pause;
            caller.ask(&quota, at);
        }
        assert!(caller.most_within(ms(rule.span())) <= rule.most() as usize, "{rule}: {:?}", caller.admitted);
    });
    bench.holds(400, &(burst(), pauses()), |caller, (rule, pauses)| {
        let (quota, mut at) = (Quota::only(rule), 0);
        for pause in pauses {
            at += pause;
            caller.ask(&quota, at);
        }
        let Rule::Burst { capacity, refill, per } = rule else { unreachable!("it is a bucket") };
        for (n, from) in caller.admitted.iter().enumerate() {
            for (more, to) in caller.admitted[n..].iter().enumerate() {
                let flown = i128::from(to - from) * i128::from(refill) / i128::from(ms(per));
                assert!(
                    more as i128 <= i128::from(capacity) - 1 + flown + 1,
                    "{rule}: {:?}",
                    caller.admitted
                );
                assert!(to > from || more < capacity as usize, "{rule}: {:?}", caller.admitted);
            }
        }
    });
}

#[test]
fn what_remains_and_when_more_comes_is_true() {
    let bench = Bench::new();
    bench.holds(300, &(quota(), pauses()), |caller, (quota, pauses)| {
        let mut at = 0;
        let mut last = None;
        for pause in pauses {
            at += pause;
            last = Some(caller.ask(&quota, at));
        }
        let last = last.expect("there was a request");
        // Exactly as many as remain by the strictest rule are admitted, and not one more.
        let remaining =
            last.standings.iter().map(|standing| standing.remaining).min().expect("there are rules");
        for left in (0..remaining).rev() {
            let decision = caller.ask(&quota, at);
            assert_eq!(decision.verdict, Admission::Admitted, "{left} were left of {quota}");
            assert_eq!(decision.standings.iter().map(|standing| standing.remaining).min(), Some(left));
        }
        let Admission::Refused { retry_after } = caller.ask(&quota, at).verdict else {
            panic!("one more than remained was admitted by {quota}")
        };
        let refused_before = caller.ask(&quota, at + ms(retry_after) - 1);
        assert!(matches!(refused_before.verdict, Admission::Refused { .. }), "too early for {quota}");
        assert_eq!(caller.ask(&quota, at + ms(retry_after)).verdict, Admission::Admitted, "{quota}");
    });
}

#[test]
fn nothing_is_added_to_what_remains_before_it_is_said_to_be() {
    let bench = Bench::new();
    bench.holds(200, &(quota(), pauses()), |caller, (quota, pauses)| {
        let mut at = 0;
        for pause in pauses {
            at += pause;
            caller.ask(&quota, at);
        }
        // Refusals are not counted, so asking until one comes leaves the counts as they are from then on.
        let mut before = caller.ask(&quota, at);
        while before.verdict == Admission::Admitted {
            before = caller.ask(&quota, at);
        }
        let empty =
            before.standings.iter().filter(|standing| standing.remaining == 0).map(|standing| standing.reset);
        let until = ms(empty.max().expect("one refused"));
        for at in [at, at + until / 3, at + until - 1] {
            let now = caller.ask(&quota, at);
            assert!(matches!(now.verdict, Admission::Refused { .. }), "{quota}");
            for (before, now) in before.standings.iter().zip(&now.standings) {
                assert!(now.remaining >= before.remaining, "time took from what remains of {quota}");
            }
        }
    });
}

#[test]
fn a_clock_that_steps_back_forgives_nothing_and_locks_nobody_out() {
    let steps = proptest::collection::vec((pauses(), -10_000_000_i64..10_000), 1..4);
    let bench = Bench::new();
    bench.holds(200, &(window(), steps), |caller, (rule, steps)| {
        let (quota, mut at) = (Quota::only(rule), 0);
        let (mut clock_off, mut admitted) = (0, Vec::new());
        for (pauses, step) in steps {
            for pause in pauses {
                at += pause;
                if caller.ask(&quota, at + clock_off).verdict == Admission::Admitted {
                    admitted.push(at);
                }
            }
            // Forward steps forgive, as any clock must; only those back are looked at here.
            clock_off += step.min(0);
        }
        caller.admitted = admitted;
        assert!(caller.most_within(ms(rule.span())) <= rule.most() as usize, "{rule}: {:?}", caller.admitted);
        // From when it is next looked at, it takes no longer than without the step.
        caller.ask(&quota, at + clock_off);
        let later = at + clock_off + ms(rule.span()) + ms(rule.span()) / 15;
        let after = caller.ask(&quota, later);
        assert_eq!(after.standings[0].remaining, rule.most() - 1, "{rule} is whole again after its time");
    });
    bench.holds(100, &(burst(), pauses(), 0_i64..1_000_000_000), |caller, (rule, pauses, step)| {
        let (quota, mut at) = (Quota::only(rule), 0);
        for pause in pauses {
            at += pause;
            caller.ask(&quota, at);
        }
        let before = caller.ask(&quota, at).standings[0].remaining;
        let now = caller.ask(&quota, at - step).standings[0].remaining;
        assert!(now <= before, "{rule} forgave {before} to {now}");
        let full = caller.ask(&quota, at - step + ms(rule.span()) + 1).standings[0].remaining;
        assert_eq!(full, rule.most() - 1, "{rule} is whole again after its time");
    });
}

#[test]
fn both_limiters_decide_alike() {
    let bench = Bench::new();
    let strategy = (quota(), proptest::collection::vec((pauses(), -500_000_i64..500_000), 1..3));
    let mut runner =
        TestRunner::new(ProptestConfig { cases: 150, failure_persistence: None, ..Default::default() });
    let tried = runner.run(&strategy, |(quota, stretches)| {
        let (mut local, mut shared) = (bench.caller(&bench.local), bench.caller(&bench.shared));
        let mut at = 10_000_000;
        for (pauses, step) in stretches {
            for pause in pauses {
                at += pause;
                prop_assert_eq!(local.ask(&quota, at), shared.ask(&quota, at), "{} at {}", quota, at);
            }
            at += step;
        }
        Ok(())
    });
    tried.unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn of_many_at_once_exactly_as_many_are_admitted_as_may() {
    let bench = Bench::new();
    let quota: Quota = "burst 50 at 1/min, 40/min, 1000/h".parse().expect("a quota");
    for engine in [&bench.local, &bench.shared] {
        let admitted = bench.runtime.block_on(async {
            let mut asked = tokio::task::JoinSet::new();
            for _ in 0..300 {
                let (engine, quota) = (engine.clone(), quota.clone());
                asked.spawn(async move { engine.check("many", &quota, 0).await.verdict });
            }
            let verdicts = asked.join_all().await;
            verdicts.iter().filter(|verdict| **verdict == Admission::Admitted).count()
        });
        assert_eq!(admitted, 40);
    }
}

#[test]
fn a_quota_that_changes_keeps_what_has_been_counted() {
    let bench = Bench::new();
    let quota = |text: &str| text.parse::<Quota>().expect("a quota");
    for engine in [&bench.local, &bench.shared] {
        let mut caller = bench.caller(engine);
        for _ in 0..8 {
            caller.ask(&quota("10/min, 100/h"), 0);
        }
        let Admission::Refused { retry_after } = caller.ask(&quota("5/min"), 1000).verdict else {
            panic!("eight have come, and five may")
        };
        assert!(retry_after > Duration::from_secs(55), "{retry_after:?}");
        assert_eq!(caller.ask(&quota("20/min"), 1000).standings[0].remaining, 11);
    }
}

/// The number that a Redis answers a command with.
async fn asked<T: redis::FromRedisValue>(redis: &Redis, command: &str) -> T {
    let client = Client::open(redis.url()).expect("an address");
    let mut connection = client.get_multiplexed_async_connection().await.expect("a connection");
    let mut words = command.split(' ');
    let mut asking = redis::cmd(words.next().expect("a command"));
    words.for_each(|word| {
        asking.arg(word);
    });
    asking.query_async(&mut connection).await.expect("an answer")
}

#[test]
fn shared_counts_are_one_small_key_that_expires() {
    let bench = Bench::new();
    let quota: Quota = "burst 10 at 2/s, 1000/min".parse().expect("a quota");
    let mut caller = bench.caller(&bench.shared);
    for n in 0..900 {
        caller.ask(&quota, n * 600);
    }
    bench.runtime.block_on(async {
        let keys: Vec<String> = asked(&bench.redis, "KEYS *").await;
        assert_eq!(keys, ["coderunner:limits:{caller-0}:submission"]);
        let left: i64 = asked(&bench.redis, &format!("PTTL {}", keys[0])).await;
        assert!((1..=62_000).contains(&left), "it expires in {left} ms");
        let bytes: i64 = asked(&bench.redis, &format!("MEMORY USAGE {}", keys[0])).await;
        assert!(bytes < 2_000, "it takes {bytes} bytes");
    });
}

#[test]
fn one_request_is_one_round_trip_and_the_server_has_the_time() {
    let bench = Bench::new();
    let limiter = bench.runtime.block_on(async { sharing(&bench.redis, TimeOf::Redis) });
    let quota: Quota = "burst 100 at 5/day, 90/h, 80/day".parse().expect("a quota");
    bench.runtime.block_on(async {
        // Times that make no sense, which nobody asks for here.
        let times = [0, i64::MAX, i64::MIN].map(Timestamp::from_millis);
        let ask = async |n: usize| {
            let decision = limiter.check("it", Class::Read, &quota, times[n % 3]).await.expect("an answer");
            decision.standings[2].remaining
        };
        assert_eq!(ask(0).await, 79);
        let _: () = asked(&bench.redis, "CONFIG RESETSTAT").await;
        for n in 1..=10 {
            assert_eq!(ask(n).await, 79 - u32::try_from(n).expect("small"));
        }
        let stats: String = asked(&bench.redis, "INFO commandstats").await;
        let calls = |name: &str| {
            let line = stats.lines().find(|line| line.starts_with(&format!("cmdstat_{name}:calls=")));
            line.map(|line| line.split(['=', ',']).nth(1).expect("a number").to_owned())
        };
        assert_eq!(calls("evalsha"), Some("10".to_owned()), "{stats}");
        assert_eq!(calls("eval"), None, "{stats}");
    });
}

#[test]
fn limits_hold_in_each_process_while_redis_is_away_and_are_shared_when_it_is_back() {
    let mut bench = Bench::new();
    let quota: Quota = "4/h".parse().expect("a quota");
    let settings = BreakerSettings { failures: 2, open_for: Duration::from_secs(30) };
    let (one, other) = bench.runtime.block_on(async {
        let limiter = || Limiter::local(10).sharing(sharing(&bench.redis, TimeOf::Caller), settings);
        (limiter(), limiter())
    });
    let ask = |runtime: &Runtime, limiter: &Limiter, seconds: i64| {
        let now = Timestamp::from_millis(BEGIN + seconds * 1000);
        let decision = runtime.block_on(limiter.check("it", Class::Submission, &quota, now));
        decision.verdict == Admission::Admitted
    };
    let admitted = |runtime: &Runtime, limiter: &Limiter, seconds: i64| {
        (0..6).filter(|_| ask(runtime, limiter, seconds)).count()
    };
    assert!(ask(&bench.runtime, &one, 0) && ask(&bench.runtime, &other, 0));
    bench.redis.kill();
    assert_eq!(admitted(&bench.runtime, &one, 1), 4, "one's own counts, which begin here");
    assert_eq!(admitted(&bench.runtime, &other, 1), 4, "another's own counts");
    let again = async |bench: &mut Bench| bench.redis.start_again().await;
    let runtime = Runtime::new().expect("a runtime");
    runtime.block_on(again(&mut bench));
    assert!(!ask(&bench.runtime, &one, 29), "left alone until the time is up");
    // What was counted together before is still there: two of four.
    let together = |runtime: &Runtime| admitted(runtime, &one, 40) + admitted(runtime, &other, 40);
    assert_eq!(together(&bench.runtime), 2);
}

#[test]
fn a_redis_that_hangs_is_soon_left_alone() {
    let bench = Bench::new();
    let quota: Quota = "1000/h".parse().expect("a quota");
    let limiter = bench.runtime.block_on(async {
        Limiter::local(10).sharing(sharing(&bench.redis, TimeOf::Redis), BreakerSettings::default())
    });
    bench.runtime.block_on(async {
        let now = Timestamp::from_millis(BEGIN);
        let ask = async || limiter.check("it", Class::Api, &quota, now).await.standings[0].remaining;
        assert_eq!(ask().await, 999);
        bench.redis.freeze();
        for n in 0..5 {
            assert_eq!(ask().await, 999 - n, "counted here");
        }
        let asked: Vec<u32> = {
            let mut remaining = Vec::new();
            for _ in 0..200 {
                remaining.push(ask().await);
            }
            remaining
        };
        assert_eq!(asked.last(), Some(&795));
        bench.redis.thaw();
        // None of those 200 has reached it: what it gets from a breaker that is open is nothing at all.
        let keys: Vec<String> = self::asked(&bench.redis, "KEYS *").await;
        let count: Vec<String> = self::asked(&bench.redis, &format!("HVALS {}", keys[0])).await;
        let counted: u32 = count[0].split(':').nth(1).expect("a count").parse().expect("a number");
        assert!(counted <= 6, "{count:?}");
    });
}
