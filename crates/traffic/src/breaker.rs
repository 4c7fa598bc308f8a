//! A circuit breaker: what keeps failing is left alone for a while, and whoever needs it is told at once.
//!
//! Closed, everything goes through; so many failures in a row open it. Open, nothing goes through until its time is up.
//! Then it is half open: one probe goes through, and its end closes the circuit or opens it again. What was sent before the
//! circuit changed says nothing about it any more.
//!
//! Invariant: a probe that is dropped without an answer makes room for another; a clock that steps back keeps the circuit
//! open no longer than it would from now.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use model::Timestamp;

/// When a circuit opens, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BreakerSettings {
    /// After how many failures in a row.
    pub failures: u32,
    /// How long nothing goes through then.
    pub open_for: Duration,
}

impl Default for BreakerSettings {
    fn default() -> Self {
        Self { failures: 5, open_for: Duration::from_secs(5) }
    }
}

/// The state of a circuit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Circuit {
    /// Everything goes through.
    Closed,
    /// One probe may.
    HalfOpen,
    /// Nothing does.
    Open,
}

/// The circuit is open: ask again later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it has kept failing and is left alone for {} s", retry_after.as_secs_f64().ceil())]
pub struct Open {
    /// When a probe may go through.
    pub retry_after: Duration,
}

/// A breaker before one dependency. Shared by reference.
#[derive(Debug)]
pub struct Breaker {
    dependency: &'static str,
    settings: BreakerSettings,
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    state: State,
    /// Grows with each change of state: permits of an earlier one count no more.
    generation: u64,
}

#[derive(Debug, Clone, Copy)]
enum State {
    Closed { failures: u32 },
    Open { until: Timestamp },
    HalfOpen { probing: bool },
}

/// The right to ask the dependency once. Whoever has the answer says what it was; dropped, it says nothing.
#[derive(Debug)]
#[must_use = "say what came of it"]
pub struct Permit<'a> {
    breaker: &'a Breaker,
    generation: u64,
}

impl Breaker {
    /// A closed one before this dependency, whose name is a label in metrics.
    pub fn new(dependency: &'static str, settings: BreakerSettings) -> Self {
        show(dependency, Circuit::Closed);
        let inner = Inner { state: State::Closed { failures: 0 }, generation: 0 };
        Self { dependency, settings, inner: Mutex::new(inner) }
    }

    /// May the dependency be asked?
    pub fn ask(&self, now: Timestamp) -> Result<Permit<'_>, Open> {
        let mut inner = self.lock();
        self.settle(&mut inner, now);
        match &mut inner.state {
            State::Closed { .. } => {}
            State::Open { until } => return Err(Open { retry_after: until.since(now) }),
            State::HalfOpen { probing: true } => {
                return Err(Open { retry_after: Duration::from_secs(1).min(self.settings.open_for) });
            }
            State::HalfOpen { probing } => *probing = true,
        }
        Ok(Permit { breaker: self, generation: inner.generation })
    }

    /// Its state now.
    pub fn circuit(&self, now: Timestamp) -> Circuit {
        let mut inner = self.lock();
        self.settle(&mut inner, now);
        inner.state.circuit()
    }

    /// Lets time pass.
    fn settle(&self, inner: &mut Inner, now: Timestamp) {
        let State::Open { until } = &mut inner.state else { return };
        *until = (*until).min(now.plus(self.settings.open_for));
        if *until <= now {
            self.change(inner, State::HalfOpen { probing: false });
        }
    }

    fn change(&self, inner: &mut Inner, state: State) {
        inner.state = state;
        inner.generation += 1;
        show(self.dependency, state.circuit());
    }

    fn open(&self, inner: &mut Inner, now: Timestamp) {
        let open_for = self.settings.open_for;
        self.change(inner, State::Open { until: now.plus(open_for) });
        metrics::counter!("coderunner_breaker_opened_total", "dependency" => self.dependency).increment(1);
        tracing::warn!(
            dependency = self.dependency,
            ?open_for,
            "it keeps failing and is left alone for a while"
        );
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // Nothing panics while it is held.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    const fn circuit(self) -> Circuit {
        match self {
            Self::Closed { .. } => Circuit::Closed,
            Self::Open { .. } => Circuit::Open,
            Self::HalfOpen { .. } => Circuit::HalfOpen,
        }
    }
}

impl Permit<'_> {
    /// It answered, be it that it refused.
    pub fn succeeded(self) {
        let mut inner = self.breaker.lock();
        if inner.generation != self.generation {
            return;
        }
        match &mut inner.state {
            State::Closed { failures } => *failures = 0,
            State::HalfOpen { .. } => {
                self.breaker.change(&mut inner, State::Closed { failures: 0 });
                tracing::info!(dependency = self.breaker.dependency, "it works again");
            }
            State::Open { .. } => {}
        }
    }

    /// It failed.
    pub fn failed(self, now: Timestamp) {
        let mut inner = self.breaker.lock();
        if inner.generation != self.generation {
            return;
        }
        match &mut inner.state {
            State::Closed { failures } => {
                *failures += 1;
                if *failures >= self.breaker.settings.failures {
                    self.breaker.open(&mut inner, now);
                }
            }
            State::HalfOpen { .. } => self.breaker.open(&mut inner, now),
            State::Open { .. } => {}
        }
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        let mut inner = self.breaker.lock();
        if inner.generation == self.generation
            && let State::HalfOpen { probing } = &mut inner.state
        {
            *probing = false;
        }
    }
}

fn show(dependency: &'static str, circuit: Circuit) {
    let value = match circuit {
        Circuit::Closed => 0.0,
        Circuit::HalfOpen => 1.0,
        Circuit::Open => 2.0,
    };
    metrics::gauge!("coderunner_breaker_state", "dependency" => dependency).set(value);
}

pub(crate) fn describe() {
    metrics::describe_gauge!(
        "coderunner_breaker_state",
        "Whether a dependency is asked: 0 it is, 1 one probe is under way, 2 it is left alone."
    );
    metrics::describe_counter!(
        "coderunner_breaker_opened_total",
        "How often a dependency kept failing and was left alone."
    );
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn breaker() -> Breaker {
        Breaker::new("test", BreakerSettings { failures: 5, open_for: Duration::from_secs(30) })
    }

    const fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1000)
    }

    fn fail(breaker: &Breaker, times: u32, now: Timestamp) {
        for _ in 0..times {
            breaker.ask(now).expect("it is not open").failed(now);
        }
    }

    #[test]
    fn five_failures_in_a_row_open_it_for_30_seconds() {
        let breaker = breaker();
        fail(&breaker, 4, at(0));
        breaker.ask(at(0)).expect("closed").succeeded();
        fail(&breaker, 4, at(0));
        assert_eq!(breaker.circuit(at(0)), Circuit::Closed);
        fail(&breaker, 1, at(1));
        let open = breaker.ask(at(11)).expect_err("open");
        assert_eq!(open.retry_after, Duration::from_secs(20));
        assert_eq!(breaker.circuit(at(31)), Circuit::HalfOpen);
    }

    #[test]
    fn one_probe_decides_what_follows() {
        let breaker = breaker();
        fail(&breaker, 5, at(0));
        let probe = breaker.ask(at(30)).expect("half open");
        assert!(breaker.ask(at(30)).is_err(), "one at a time");
        probe.failed(at(31));
        assert!(breaker.ask(at(60)).is_err(), "open again");
        breaker.ask(at(61)).expect("half open").succeeded();
        assert_eq!(breaker.circuit(at(61)), Circuit::Closed);
    }

    #[test]
    fn a_probe_that_nobody_heard_of_again_makes_room_for_another() {
        let breaker = breaker();
        fail(&breaker, 5, at(0));
        drop(breaker.ask(at(30)).expect("half open"));
        breaker.ask(at(30)).expect("half open").succeeded();
        assert_eq!(breaker.circuit(at(30)), Circuit::Closed);
    }

    #[test]
    fn what_was_asked_before_the_circuit_changed_says_nothing_about_it() {
        let breaker = breaker();
        let (early, late) = (breaker.ask(at(0)).expect("closed"), breaker.ask(at(0)).expect("closed"));
        fail(&breaker, 5, at(0));
        early.succeeded();
        assert_eq!(breaker.circuit(at(1)), Circuit::Open);
        breaker.ask(at(30)).expect("half open").succeeded();
        fail(&breaker, 4, at(31));
        late.failed(at(31));
        assert_eq!(breaker.circuit(at(31)), Circuit::Closed);
    }

    proptest! {
        #[test]
        fn it_lets_a_probe_through_within_its_time_whatever_the_clock_does(
            steps in proptest::collection::vec((-100_i64..100, any::<bool>()), 1..60),
        ) {
            let (breaker, mut now) = (breaker(), 1_000);
            for (step, answers) in steps {
                now += step;
                match breaker.ask(at(now)) {
                    Ok(permit) if answers => permit.succeeded(),
                    Ok(permit) => permit.failed(at(now)),
                    Err(Open { retry_after }) => prop_assert!(retry_after <= Duration::from_secs(30)),
                }
            }
            prop_assert!(breaker.ask(at(now + 30)).is_ok());
        }

        #[test]
        fn never_more_than_five_in_a_row_fail_before_it_opens(answers in proptest::collection::vec(any::<bool>(), 1..60)) {
            let (breaker, mut in_a_row) = (breaker(), 0);
            for answer in answers {
                match breaker.ask(at(0)) {
                    Ok(permit) if answer => { permit.succeeded(); in_a_row = 0; }
                    Ok(permit) => { permit.failed(at(0)); in_a_row += 1; }
                    Err(_) => prop_assert_eq!(in_a_row, 5),
                }
                prop_assert!(in_a_row <= 5);
            }
        }
    }
}
