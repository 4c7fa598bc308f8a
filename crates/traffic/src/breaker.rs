//! Circuit breaker: stops calls to a dependency that keeps failing, and fails them at once.
//!
//! Closed: all calls pass; a number of consecutive failures opens the circuit. Open: no call passes until the
//! time is up. Half open: one probe passes, and its result closes or opens the circuit. Results of calls from
//! before a state change are ignored.
//!
//! Invariants: a probe that is dropped without a result allows another one; a clock step back does not extend
//! the open state beyond its length from now.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use model::Timestamp;

/// Threshold and duration of the open state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BreakerSettings {
    /// Number of consecutive failures that opens the circuit.
    pub failures: u32,
    /// Duration of the open state.
    pub open_for: Duration,
}

impl Default for BreakerSettings {
    fn default() -> Self {
        Self { failures: 5, open_for: Duration::from_secs(5) }
    }
}

/// State of a circuit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CircuitState {
    /// All calls pass.
    Closed,
    /// One probe passes.
    HalfOpen,
    /// No call passes.
    Open,
}

/// Error: the circuit is open; retry later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it has kept failing and is left alone for {} s", retry_after.as_secs_f64().ceil())]
pub struct CircuitOpen {
    /// Time until the next probe.
    pub retry_after: Duration,
}

/// The circuit breaker of one dependency, shared by reference.
///
/// Each call first needs a [`Permit`] from [`Breaker::acquire`] and then reports its result with
/// [`Permit::record_success`] or [`Permit::record_failure`]. A permit that is dropped without a result counts
/// as neither, so that a cancelled call does not change the state.
///
/// Each state change increments a generation. Permits carry the generation in which they were acquired, and
/// results of an earlier generation are ignored: slow calls from before an outage cannot close or reopen the
/// circuit.
#[derive(Debug)]
pub struct Breaker {
    dependency: &'static str,
    settings: BreakerSettings,
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    state: StateData,
    /// Incremented with each state change; permits of an earlier generation are ignored.
    generation: u64,
}

#[derive(Debug, Clone, Copy)]
enum StateData {
    Closed { failures: u32 },
    Open { until: Timestamp },
    HalfOpen { has_probe: bool },
}

/// Permission for one call. Record its result; a dropped permit records nothing.
#[derive(Debug)]
#[must_use = "say what came of it"]
pub struct Permit<'a> {
    breaker: &'a Breaker,
    generation: u64,
}

impl Breaker {
    /// A closed breaker. The dependency's name is a label of its metrics.
    pub fn new(dependency: &'static str, settings: BreakerSettings) -> Self {
        report_state(dependency, CircuitState::Closed);
        let inner = Inner { state: StateData::Closed { failures: 0 }, generation: 0 };
        Self { dependency, settings, inner: Mutex::new(inner) }
    }

    /// Permission for a call, unless the circuit is open.
    pub fn acquire(&self, now: Timestamp) -> Result<Permit<'_>, CircuitOpen> {
        let mut inner = self.lock();
        self.update(&mut inner, now);
        match &mut inner.state {
            StateData::Closed { .. } => {}
            StateData::Open { until } => return Err(CircuitOpen { retry_after: until.since(now) }),
            StateData::HalfOpen { has_probe: true } => {
                return Err(CircuitOpen { retry_after: Duration::from_secs(1).min(self.settings.open_for) });
            }
            StateData::HalfOpen { has_probe } => *has_probe = true,
        }
        Ok(Permit { breaker: self, generation: inner.generation })
    }

    /// The current state.
    pub fn circuit(&self, now: Timestamp) -> CircuitState {
        let mut inner = self.lock();
        self.update(&mut inner, now);
        inner.state.circuit()
    }

    /// Applies the passage of time.
    fn update(&self, inner: &mut Inner, now: Timestamp) {
        let StateData::Open { until } = &mut inner.state else { return };
        *until = (*until).min(now.plus(self.settings.open_for));
        if *until <= now {
            self.transition(inner, StateData::HalfOpen { has_probe: false });
        }
    }

    fn transition(&self, inner: &mut Inner, state: StateData) {
        inner.state = state;
        inner.generation += 1;
        report_state(self.dependency, state.circuit());
    }

    fn open(&self, inner: &mut Inner, now: Timestamp) {
        let open_for = self.settings.open_for;
        self.transition(inner, StateData::Open { until: now.plus(open_for) });
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

impl StateData {
    const fn circuit(self) -> CircuitState {
        match self {
            Self::Closed { .. } => CircuitState::Closed,
            Self::Open { .. } => CircuitState::Open,
            Self::HalfOpen { .. } => CircuitState::HalfOpen,
        }
    }
}

impl Permit<'_> {
    /// Records a success. An error reply of a working dependency is a success, too.
    pub fn record_success(self) {
        let mut inner = self.breaker.lock();
        if inner.generation != self.generation {
            return;
        }
        match &mut inner.state {
            StateData::Closed { failures } => *failures = 0,
            StateData::HalfOpen { .. } => {
                self.breaker.transition(&mut inner, StateData::Closed { failures: 0 });
                tracing::info!(dependency = self.breaker.dependency, "it works again");
            }
            StateData::Open { .. } => {}
        }
    }

    /// Records a failure.
    pub fn record_failure(self, now: Timestamp) {
        let mut inner = self.breaker.lock();
        if inner.generation != self.generation {
            return;
        }
        match &mut inner.state {
            StateData::Closed { failures } => {
                *failures += 1;
                if *failures >= self.breaker.settings.failures {
                    self.breaker.open(&mut inner, now);
                }
            }
            StateData::HalfOpen { .. } => self.breaker.open(&mut inner, now),
            StateData::Open { .. } => {}
        }
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        let mut inner = self.breaker.lock();
        if inner.generation == self.generation
            && let StateData::HalfOpen { has_probe } = &mut inner.state
        {
            *has_probe = false;
        }
    }
}

fn report_state(dependency: &'static str, circuit: CircuitState) {
    let value = match circuit {
        CircuitState::Closed => 0.0,
        CircuitState::HalfOpen => 1.0,
        CircuitState::Open => 2.0,
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
            breaker.acquire(now).expect("it is not open").record_failure(now);
        }
    }

    #[test]
    fn five_consecutive_failures_open_the_circuit_for_30_seconds() {
        let breaker = breaker();
        fail(&breaker, 4, at(0));
        breaker.acquire(at(0)).expect("closed").record_success();
        fail(&breaker, 4, at(0));
        assert_eq!(breaker.circuit(at(0)), CircuitState::Closed);
        fail(&breaker, 1, at(1));
        let open = breaker.acquire(at(11)).expect_err("open");
        assert_eq!(open.retry_after, Duration::from_secs(20));
        assert_eq!(breaker.circuit(at(31)), CircuitState::HalfOpen);
    }

    #[test]
    fn one_probe_decides_the_next_state() {
        let breaker = breaker();
        fail(&breaker, 5, at(0));
        let probe = breaker.acquire(at(30)).expect("half open");
        assert!(breaker.acquire(at(30)).is_err(), "one at a time");
        probe.record_failure(at(31));
        assert!(breaker.acquire(at(60)).is_err(), "open again");
        breaker.acquire(at(61)).expect("half open").record_success();
        assert_eq!(breaker.circuit(at(61)), CircuitState::Closed);
    }

    #[test]
    fn a_dropped_probe_allows_another() {
        let breaker = breaker();
        fail(&breaker, 5, at(0));
        drop(breaker.acquire(at(30)).expect("half open"));
        breaker.acquire(at(30)).expect("half open").record_success();
        assert_eq!(breaker.circuit(at(30)), CircuitState::Closed);
    }

    #[test]
    fn results_from_before_a_state_change_are_ignored() {
        let breaker = breaker();
        let (early, late) =
            (breaker.acquire(at(0)).expect("closed"), breaker.acquire(at(0)).expect("closed"));
        fail(&breaker, 5, at(0));
        early.record_success();
        assert_eq!(breaker.circuit(at(1)), CircuitState::Open);
        breaker.acquire(at(30)).expect("half open").record_success();
        fail(&breaker, 4, at(31));
        late.record_failure(at(31));
        assert_eq!(breaker.circuit(at(31)), CircuitState::Closed);
    }

    proptest! {
        #[test]
        fn a_probe_is_allowed_in_time_for_any_clock_steps(
            steps in proptest::collection::vec((-100_i64..100, any::<bool>()), 1..60),
        ) {
            let (breaker, mut now) = (breaker(), 1_000);
            for (step, answers) in steps {
                now += step;
                match breaker.acquire(at(now)) {
                    Ok(permit) if answers => permit.record_success(),
                    Ok(permit) => permit.record_failure(at(now)),
                    Err(CircuitOpen { retry_after }) => prop_assert!(retry_after <= Duration::from_secs(30)),
                }
            }
            prop_assert!(breaker.acquire(at(now + 30)).is_ok());
        }

        #[test]
        fn at_most_five_consecutive_failures_pass_before_the_circuit_opens(answers in proptest::collection::vec(any::<bool>(), 1..60)) {
            let (breaker, mut in_a_row) = (breaker(), 0);
            for answer in answers {
                match breaker.acquire(at(0)) {
                    Ok(permit) if answer => { permit.record_success(); in_a_row = 0; }
                    Ok(permit) => { permit.record_failure(at(0)); in_a_row += 1; }
                    Err(_) => prop_assert_eq!(in_a_row, 5),
                }
                prop_assert!(in_a_row <= 5);
            }
        }
    }
}
