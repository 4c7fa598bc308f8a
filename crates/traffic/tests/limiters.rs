//! Properties of both limiters: the counts of one process, and the counts shared in a real Redis.
//!
//! Time is simulated. Admitted requests are recorded and checked by brute force.

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
    Admission, BreakerSettings, Class, ClockSource, Decision, Limiter, LocalLimiter, Quota, Rule,
    SharedLimiter,
};

/// Start of the simulated time: a present-day value, so that rounding has realistic effects.
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

/// Both limiters and their environment.
struct Harness {
    runtime: Runtime,
    redis: Redis,
    callers: AtomicU64,
    local: Engine,
    shared: Engine,
}

impl Harness {
    fn new() -> Self {
        let runtime = Runtime::new().expect("a runtime");
        let (redis, shared) = runtime.block_on(async {
            let redis = Redis::start().await;
            let shared = shared_limiter(&redis, ClockSource::Caller);
            (redis, shared)
        });
        let local = Engine::Local(Arc::new(LocalLimiter::new(LocalLimiter::MAX_CALLERS)));
        Self { runtime, redis, callers: AtomicU64::new(0), local, shared: Engine::Shared(shared) }
    }

    /// Checks a property with both limiters, each time with a new caller.
    fn check_property<S: Strategy>(
        &self,
        cases: u32,
        strategy: &S,
        promise: impl Fn(&mut Caller<'_>, S::Value),
    ) {
        let mut runner =
            TestRunner::new(ProptestConfig { cases, failure_persistence: None, ..Default::default() });
        let result = runner.run(&(strategy, any::<bool>()), |(value, local)| {
            let engine = if local { &self.local } else { &self.shared };
            promise(&mut self.caller(engine), value);
            Ok(())
        });
        result.unwrap_or_else(|error| panic!("{error}"));
    }

    fn caller<'a>(&'a self, engine: &'a Engine) -> Caller<'a> {
        let name = format!("caller-{}", self.callers.fetch_add(1, Ordering::Relaxed));
        Caller { harness: self, engine, name, admitted: Vec::new() }
    }
}

fn shared_limiter(redis: &Redis, time: ClockSource) -> SharedLimiter {
    // The connection is made on first use, by a task of the runtime.
    SharedLimiter::open(&redis.url(), time).expect("an address")
}

/// A client that sends requests.
struct Caller<'a> {
    harness: &'a Harness,
    engine: &'a Engine,
    name: String,
    /// Times of admitted requests, by the true time.
    admitted: Vec<i64>,
}

impl Caller<'_> {
    fn request(&mut self, quota: &Quota, at: i64) -> Decision {
        let decision = self.harness.runtime.block_on(self.engine.check(&self.name, quota, at));
        if decision.admission == Admission::Admitted {
            self.admitted.push(at);
        }
        decision
    }

    /// Maximum number of admitted requests in any interval of this length in milliseconds, its end excluded.
    fn max_within(&self, length: i64) -> usize {
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
        .prop_map(|(limit, seconds)| Rule::Window { limit, length: Duration::from_secs(seconds) })
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
        let Rule::Window { limit, length } = window else { unreachable!("it is a window") };
        let longer =
            Rule::Window { limit: limit * 3, length: length * u32::try_from(factor).expect("small") };
        let text = format!("{burst}, {window}, {longer}");
        text.parse().unwrap_or_else(|error| panic!("{error}"))
    })
}

/// Pauses between requests: many simultaneous ones, and pauses of all lengths.
fn pauses() -> impl Strategy<Value = Vec<i64>> {
    let pause = prop_oneof![4 => Just(0), 3 => 1_i64..2_000, 2 => 0_i64..60_000, 1 => 0_i64..2_000_000];
    proptest::collection::vec(pause, 1..80)
}

#[test]
fn no_interval_admits_more_than_a_rule_allows() {
    let harness = Harness::new();
    harness.check_property(400, &(window(), pauses()), |caller, (rule, pauses)| {
        let (quota, mut at) = (Quota::single(rule), 0);
        for pause in pauses {
            at += pause;
            caller.request(&quota, at);
        }
        assert!(caller.max_within(ms(rule.span())) <= rule.limit() as usize, "{rule}: {:?}", caller.admitted);
    });
    harness.check_property(400, &(burst(), pauses()), |caller, (rule, pauses)| {
        let (quota, mut at) = (Quota::single(rule), 0);
        for pause in pauses {
            at += pause;
            caller.request(&quota, at);
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
fn remaining_and_reset_are_exact() {
    let harness = Harness::new();
    harness.check_property(300, &(quota(), pauses()), |caller, (quota, pauses)| {
        let mut at = 0;
        let mut last = None;
        for pause in pauses {
            at += pause;
            last = Some(caller.request(&quota, at));
        }
        let last = last.expect("there was a request");
        // Exactly the remaining requests of the strictest rule are admitted, and no more.
        let remaining = last.limits.iter().map(|status| status.remaining).min().expect("there are rules");
        for left in (0..remaining).rev() {
            let decision = caller.request(&quota, at);
            assert_eq!(decision.admission, Admission::Admitted, "{left} were left of {quota}");
            assert_eq!(decision.limits.iter().map(|status| status.remaining).min(), Some(left));
        }
        let Admission::Refused { retry_after } = caller.request(&quota, at).admission else {
            panic!("one more than remained was admitted by {quota}")
        };
        let refused_before = caller.request(&quota, at + ms(retry_after) - 1);
        assert!(matches!(refused_before.admission, Admission::Refused { .. }), "too early for {quota}");
        assert_eq!(caller.request(&quota, at + ms(retry_after)).admission, Admission::Admitted, "{quota}");
    });
}

#[test]
fn remaining_does_not_grow_before_the_reset() {
    let harness = Harness::new();
    harness.check_property(200, &(quota(), pauses()), |caller, (quota, pauses)| {
        let mut at = 0;
        for pause in pauses {
            at += pause;
            caller.request(&quota, at);
        }
        // Rejected requests are not counted, so requests until the first rejection leave the counts unchanged
        // afterwards.
        let mut before = caller.request(&quota, at);
        while before.admission == Admission::Admitted {
            before = caller.request(&quota, at);
        }
        let empty = before.limits.iter().filter(|status| status.remaining == 0).map(|status| status.reset);
        let until = ms(empty.max().expect("one refused"));
        for at in [at, at + until / 3, at + until - 1] {
            let now = caller.request(&quota, at);
            assert!(matches!(now.admission, Admission::Refused { .. }), "{quota}");
            for (before, now) in before.limits.iter().zip(&now.limits) {
                assert!(now.remaining >= before.remaining, "time took from what remains of {quota}");
            }
        }
    });
}

#[test]
fn a_clock_step_back_neither_forgives_requests_nor_blocks_callers() {
    let steps = proptest::collection::vec((pauses(), -10_000_000_i64..10_000), 1..4);
    let harness = Harness::new();
    harness.check_property(200, &(window(), steps), |caller, (rule, steps)| {
        let (quota, mut at) = (Quota::single(rule), 0);
        let (mut clock_off, mut admitted) = (0, Vec::new());
        for (pauses, step) in steps {
            for pause in pauses {
                at += pause;
                if caller.request(&quota, at + clock_off).admission == Admission::Admitted {
                    admitted.push(at);
                }
            }
            // Forward steps forgive requests, as with any clock; only backward steps are tested here.
            clock_off += step.min(0);
        }
        caller.admitted = admitted;
        assert!(caller.max_within(ms(rule.span())) <= rule.limit() as usize, "{rule}: {:?}", caller.admitted);
        // From the next check on, the reset takes no longer than without the step.
        caller.request(&quota, at + clock_off);
        let later = at + clock_off + ms(rule.span()) + ms(rule.span()) / 15;
        let after = caller.request(&quota, later);
        assert_eq!(after.limits[0].remaining, rule.limit() - 1, "{rule} is whole again after its time");
    });
    harness.check_property(
        100,
        &(burst(), pauses(), 0_i64..1_000_000_000),
        |caller, (rule, pauses, step)| {
            let (quota, mut at) = (Quota::single(rule), 0);
            for pause in pauses {
                at += pause;
                caller.request(&quota, at);
            }
            let before = caller.request(&quota, at).limits[0].remaining;
            let now = caller.request(&quota, at - step).limits[0].remaining;
            assert!(now <= before, "{rule} forgave {before} to {now}");
            let full = caller.request(&quota, at - step + ms(rule.span()) + 1).limits[0].remaining;
            assert_eq!(full, rule.limit() - 1, "{rule} is whole again after its time");
        },
    );
}

#[test]
fn both_limiters_make_the_same_decisions() {
    let harness = Harness::new();
    let strategy = (quota(), proptest::collection::vec((pauses(), -500_000_i64..500_000), 1..3));
    let mut runner =
        TestRunner::new(ProptestConfig { cases: 150, failure_persistence: None, ..Default::default() });
    let result = runner.run(&strategy, |(quota, stretches)| {
        let (mut local, mut shared) = (harness.caller(&harness.local), harness.caller(&harness.shared));
        let mut at = 10_000_000;
        for (pauses, step) in stretches {
            for pause in pauses {
                at += pause;
                prop_assert_eq!(local.request(&quota, at), shared.request(&quota, at), "{} at {}", quota, at);
            }
            at += step;
        }
        Ok(())
    });
    result.unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn concurrent_requests_are_admitted_exactly_up_to_the_limit() {
    let harness = Harness::new();
    let quota: Quota = "burst 50 at 1/min, 40/min, 1000/h".parse().expect("a quota");
    for engine in [&harness.local, &harness.shared] {
        let admitted = harness.runtime.block_on(async {
            let mut redis_command = tokio::task::JoinSet::new();
            for _ in 0..300 {
                let (engine, quota) = (engine.clone(), quota.clone());
                redis_command.spawn(async move { engine.check("many", &quota, 0).await.admission });
            }
            let admissions = redis_command.join_all().await;
            admissions.iter().filter(|admission| **admission == Admission::Admitted).count()
        });
        assert_eq!(admitted, 40);
    }
}

#[test]
fn a_changed_quota_keeps_the_counts() {
    let harness = Harness::new();
    let quota = |text: &str| text.parse::<Quota>().expect("a quota");
    for engine in [&harness.local, &harness.shared] {
        let mut caller = harness.caller(engine);
        for _ in 0..8 {
            caller.request(&quota("10/min, 100/h"), 0);
        }
        let Admission::Refused { retry_after } = caller.request(&quota("5/min"), 1000).admission else {
            panic!("eight have come, and five may")
        };
        assert!(retry_after > Duration::from_secs(55), "{retry_after:?}");
        assert_eq!(caller.request(&quota("20/min"), 1000).limits[0].remaining, 11);
    }
}

/// Sends a command to Redis.
async fn redis_command<T: redis::FromRedisValue>(redis: &Redis, command: &str) -> T {
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
    let harness = Harness::new();
    let quota: Quota = "burst 10 at 2/s, 1000/min".parse().expect("a quota");
    let mut caller = harness.caller(&harness.shared);
    for n in 0..900 {
        caller.request(&quota, n * 600);
    }
    harness.runtime.block_on(async {
        let keys: Vec<String> = redis_command(&harness.redis, "KEYS *").await;
        assert_eq!(keys, ["coderunner:limits:{caller-0}:submission"]);
        let left: i64 = redis_command(&harness.redis, &format!("PTTL {}", keys[0])).await;
        assert!((1..=62_000).contains(&left), "it expires in {left} ms");
        let bytes: i64 = redis_command(&harness.redis, &format!("MEMORY USAGE {}", keys[0])).await;
        assert!(bytes < 2_000, "it takes {bytes} bytes");
    });
}

#[test]
fn one_request_is_one_round_trip_with_the_time_of_the_server() {
    let harness = Harness::new();
    let limiter = harness.runtime.block_on(async { shared_limiter(&harness.redis, ClockSource::Redis) });
    let quota: Quota = "burst 100 at 5/day, 90/h, 80/day".parse().expect("a quota");
    harness.runtime.block_on(async {
        // Invalid times, which must be ignored here.
        let times = [0, i64::MAX, i64::MIN].map(Timestamp::from_millis);
        let request = async |n: usize| {
            let decision = limiter.check("it", Class::Read, &quota, times[n % 3]).await.expect("an answer");
            decision.limits[2].remaining
        };
        assert_eq!(request(0).await, 79);
        let _: () = redis_command(&harness.redis, "CONFIG RESETSTAT").await;
        for n in 1..=10 {
            assert_eq!(request(n).await, 79 - u32::try_from(n).expect("small"));
        }
        let stats: String = redis_command(&harness.redis, "INFO commandstats").await;
        let calls = |name: &str| {
            let line = stats.lines().find(|line| line.starts_with(&format!("cmdstat_{name}:calls=")));
            line.map(|line| line.split(['=', ',']).nth(1).expect("a number").to_owned())
        };
        assert_eq!(calls("evalsha"), Some("10".to_owned()), "{stats}");
        assert_eq!(calls("eval"), None, "{stats}");
    });
}

#[test]
fn limits_hold_per_process_while_redis_is_down_and_are_shared_afterwards() {
    let mut harness = Harness::new();
    let quota: Quota = "4/h".parse().expect("a quota");
    let settings = BreakerSettings { failures: 2, open_for: Duration::from_secs(30) };
    let (one, other) = harness.runtime.block_on(async {
        let limiter =
            || Limiter::local(10).with_shared(shared_limiter(&harness.redis, ClockSource::Caller), settings);
        (limiter(), limiter())
    });
    let request = |runtime: &Runtime, limiter: &Limiter, seconds: i64| {
        let now = Timestamp::from_millis(BEGIN + seconds * 1000);
        let decision = runtime.block_on(limiter.check("it", Class::Submission, &quota, now));
        decision.admission == Admission::Admitted
    };
    let admitted = |runtime: &Runtime, limiter: &Limiter, seconds: i64| {
        (0..6).filter(|_| request(runtime, limiter, seconds)).count()
    };
    assert!(request(&harness.runtime, &one, 0) && request(&harness.runtime, &other, 0));
    harness.runtime.block_on(harness.redis.until_written());
    harness.redis.kill();
    assert_eq!(admitted(&harness.runtime, &one, 1), 4, "one's own counts, which begin here");
    assert_eq!(admitted(&harness.runtime, &other, 1), 4, "another's own counts");
    let again = async |harness: &mut Harness| harness.redis.restart().await;
    let runtime = Runtime::new().expect("a runtime");
    runtime.block_on(again(&mut harness));
    assert!(!request(&harness.runtime, &one, 29), "left alone until the time is up");
    // The shared counts are still there: two of four.
    let together = |runtime: &Runtime| admitted(runtime, &one, 40) + admitted(runtime, &other, 40);
    assert_eq!(together(&harness.runtime), 2);
}

#[test]
fn a_hanging_redis_opens_the_circuit() {
    let harness = Harness::new();
    let quota: Quota = "1000/h".parse().expect("a quota");
    let limiter = harness.runtime.block_on(async {
        Limiter::local(10)
            .with_shared(shared_limiter(&harness.redis, ClockSource::Redis), BreakerSettings::default())
    });
    harness.runtime.block_on(async {
        let now = Timestamp::from_millis(BEGIN);
        let request = async || limiter.check("it", Class::Api, &quota, now).await.limits[0].remaining;
        assert_eq!(request().await, 999);
        harness.redis.freeze();
        for n in 0..5 {
            assert_eq!(request().await, 999 - n, "counted here");
        }
        let redis_command: Vec<u32> = {
            let mut remaining = Vec::new();
            for _ in 0..200 {
                remaining.push(request().await);
            }
            remaining
        };
        assert_eq!(redis_command.last(), Some(&795));
        harness.redis.thaw();
        // None of those 200 requests reached Redis: an open breaker sends nothing.
        let keys: Vec<String> = self::redis_command(&harness.redis, "KEYS *").await;
        let count: Vec<String> = self::redis_command(&harness.redis, &format!("HVALS {}", keys[0])).await;
        let counted: u32 = count[0].split(':').nth(1).expect("a count").parse().expect("a number");
        assert!(counted <= 6, "{count:?}");
    });
}
