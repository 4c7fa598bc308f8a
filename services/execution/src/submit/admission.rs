//! Admission control: accepts or rejects a submission by queue length, priority and worker capacity.
//!
//! Three limits, the hardest first. A full queue rejects everything; runs and gradings have one queue each, and a full one does not
//! affect the other. Below the limit, load is shed by priority: lowest first, high priority never. Shedding counts both queues,
//! since the same workers serve them. An installation may also limit runs per minute and slot of its workers.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use model::{JobKind, Priority, QueueStats, Timestamp};
use traffic::{Admission, Class, Limiter, LoadShedder, Quota, Rule, ShedLevel, ShedSettings};
use wire::{ProblemDetails, ProblemType};

use crate::{ApiError, Settings};

/// Window of the capacity limit.
const CAPACITY_WINDOW: Duration = Duration::from_mins(1);

/// Key of the capacity counter: one for all callers of all processes that share counters. No caller has this key.
const CAPACITY_KEY: &str = "installation";

/// Admission control of this process.
#[derive(Debug)]
pub struct AdmissionControl {
    shedder: Mutex<LoadShedder>,
    capacity: Arc<Limiter>,
}

/// Why a submission is rejected for now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AdmissionError {
    /// The queue is full.
    QueueFull,
    /// Load is shed at this priority.
    LoadShed,
    /// The workers' runs per minute are used up; a retry may succeed after this time.
    CapacityReached(Duration),
}

impl AdmissionControl {
    /// Admission control without load so far. The limiter counts runs, together with other processes if it shares its counters.
    pub fn new(settings: ShedSettings, capacity: Arc<Limiter>) -> Self {
        Self { shedder: Mutex::new(LoadShedder::new(settings)), capacity }
    }

    /// The priorities that are shed at this queue length.
    pub(crate) fn observe(&self, stats: &QueueStats) -> ShedLevel {
        let mut shedder = self.shedder.lock().unwrap_or_else(PoisonError::into_inner);
        let shedding = shedder.observe(count_waiting(stats));
        let level = match shedding {
            ShedLevel::None => 0.0,
            ShedLevel::Low => 1.0,
            ShedLevel::Normal => 2.0,
        };
        metrics::gauge!("coderunner_shedding_level").set(level);
        shedding
    }

    /// Admits one more job of this kind and priority, or rejects it.
    pub(crate) async fn admit(
        &self,
        settings: &Settings,
        stats: &QueueStats,
        (kind, priority): (JobKind, Priority),
        now: Timestamp,
    ) -> Result<(), AdmissionError> {
        let shedding = self.observe(stats);
        if stats.waiting.of(kind) >= settings.max_waiting {
            return Err(AdmissionError::QueueFull);
        }
        if shedding.rejects(priority) {
            return Err(AdmissionError::LoadShed);
        }
        if kind == JobKind::Run && priority != Priority::High {
            return self.check_capacity(settings, stats, now).await;
        }
        Ok(())
    }

    /// Counts a run against the capacity of the workers. Without a live worker there is no limit; the queue length limits soon enough.
    async fn check_capacity(
        &self,
        settings: &Settings,
        stats: &QueueStats,
        now: Timestamp,
    ) -> Result<(), AdmissionError> {
        let slots: u64 = stats.pools.iter().map(|pool| pool.slots).sum();
        let max = u64::from(settings.runs_per_minute_per_slot) * slots;
        if max == 0 {
            return Ok(());
        }
        let max = u32::try_from(max).unwrap_or(Rule::MAX_LIMIT).min(Rule::MAX_LIMIT);
        let quota = Quota::single(Rule::Window { limit: max, length: CAPACITY_WINDOW });
        match self.capacity.check(CAPACITY_KEY, Class::Submission, &quota, now).await.admission {
            Admission::Admitted => Ok(()),
            Admission::Refused { retry_after } => Err(AdmissionError::CapacityReached(retry_after)),
        }
    }
}

fn count_waiting(stats: &QueueStats) -> u64 {
    stats.pools.iter().map(|pool| pool.waiting.total()).sum()
}

impl AdmissionError {
    /// The label in metrics.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::QueueFull => "full",
            Self::LoadShed => "shed",
            Self::CapacityReached(_) => "capacity",
        }
    }

    /// The error response.
    pub(crate) fn to_api_error(self, settings: &Settings) -> ApiError {
        let default_seconds = settings.retry_after.as_secs().max(1);
        let (kind, noun, seconds) = match self {
            Self::QueueFull => {
                (ProblemType::QueueFull, "Too many programs wait at the moment.", default_seconds)
            }
            Self::LoadShed => (
                ProblemType::Shedding,
                "So many programs wait at the moment that only more urgent ones are taken.",
                default_seconds,
            ),
            Self::CapacityReached(wait) => (
                ProblemType::CapacityReached,
                "As many programs have come this minute as there are workers for.",
                wait.as_secs() + u64::from(wait.subsec_nanos() > 0),
            ),
        };
        let detail = format!("{noun} Try again in {seconds} s.");
        ProblemDetails::new(kind, detail).retry_after(seconds).into()
    }
}

#[cfg(test)]
mod tests {
    use model::{PoolKind, PoolStats, QueueLengths, QueueLengthsByKind};

    use super::*;

    fn stats(waiting: u64, slots: u64) -> QueueStats {
        let by_kind = QueueLengthsByKind { runs: waiting, gradings: waiting };
        by_queue(by_kind, QueueLengths { normal: waiting, ..QueueLengths::default() }, slots)
    }

    fn by_queue(by_kind: QueueLengthsByKind, waiting: QueueLengths, slots: u64) -> QueueStats {
        let pool = PoolKind::Container;
        let pool = PoolStats { pool, waiting, running: 0, oldest_wait_ms: 0, workers: 1, slots };
        QueueStats { pools: vec![pool], dead_letters: 0, waiting: by_kind }
    }

    fn admission(shed: ShedSettings) -> AdmissionControl {
        AdmissionControl::new(shed, Arc::new(Limiter::local(1)))
    }

    const NORMAL: (JobKind, Priority) = (JobKind::Run, Priority::Normal);
    const HIGH: (JobKind, Priority) = (JobKind::Run, Priority::High);
    const LOW: (JobKind, Priority) = (JobKind::Grade, Priority::Low);

    #[tokio::test]
    async fn load_is_shed_lowest_first_and_the_cap_is_for_all() {
        let (admission, settings) = (admission(ShedSettings::default()), Settings::default());
        for (waiting, low, normal, high) in [
            (1000, Ok(()), Ok(()), Ok(())),
            (1001, Err(AdmissionError::LoadShed), Ok(()), Ok(())),
            (2001, Err(AdmissionError::LoadShed), Err(AdmissionError::LoadShed), Ok(())),
            (
                4900,
                Err(AdmissionError::QueueFull),
                Err(AdmissionError::QueueFull),
                Err(AdmissionError::QueueFull),
            ),
            (999, Err(AdmissionError::LoadShed), Ok(()), Ok(())),
            (499, Ok(()), Ok(()), Ok(())),
        ] {
            for (of, expected) in [(LOW, low), (NORMAL, normal), (HIGH, high)] {
                let now = Timestamp::from_millis(0);
                let admitted = admission.admit(&settings, &stats(waiting, 2), of, now).await;
                assert_eq!(admitted, expected, "{of:?} at {waiting}");
            }
        }
    }

    #[tokio::test]
    async fn a_queue_that_is_full_was_taken_for_the_other_one_too() {
        let (admission, settings) = (admission(ShedSettings::NEVER), Settings::default());
        let max = settings.max_waiting;
        for (runs, gradings, run, grading) in [
            (max - 1, max - 1, Ok(()), Ok(())),
            (max, 0, Err(AdmissionError::QueueFull), Ok(())),
            (0, max, Ok(()), Err(AdmissionError::QueueFull)),
            (max / 2, max / 2 + 1, Ok(()), Ok(())),
        ] {
            let pools = QueueLengths { normal: runs + gradings, ..QueueLengths::default() };
            let stats = by_queue(QueueLengthsByKind { runs, gradings }, pools, 2);
            for (kind, expected) in [(JobKind::Run, run), (JobKind::Grade, grading)] {
                let of = (kind, Priority::Normal);
                let admitted = admission.admit(&settings, &stats, of, Timestamp::from_millis(0)).await;
                assert_eq!(admitted, expected, "{kind:?} beside {runs} runs and {gradings} gradings");
            }
        }
    }

    #[tokio::test]
    async fn capacity_counts_runs_by_the_slots_there_are_where_it_is_set() {
        let admission = admission(ShedSettings::default());
        let settings = Settings { runs_per_minute_per_slot: 100, ..Settings::default() };
        let admit = async |slots, of, seconds: i64| {
            let now = Timestamp::from_millis(seconds * 1000);
            admission.admit(&settings, &stats(0, slots), of, now).await
        };
        for n in 0..200 {
            assert_eq!(admit(2, NORMAL, 0).await, Ok(()), "run {n}");
        }
        let Err(refused @ AdmissionError::CapacityReached(_)) = admit(2, NORMAL, 0).await else {
            panic!("that was one too many")
        };
        let ApiError(problem) = refused.to_api_error(&settings);
        assert!(problem.retry_after.is_some_and(|seconds| (60..=64).contains(&seconds)), "{problem:?}");
        let others = (admit(2, LOW, 1).await, admit(2, HIGH, 1).await);
        assert_eq!(others, (Ok(()), Ok(())), "gradings and what is urgent");
        assert_eq!(admit(0, NORMAL, 1).await, Ok(()), "nobody is known to be there");
        assert_eq!(admit(3, NORMAL, 1).await, Ok(()), "another worker has come");
        assert_eq!(admit(2, NORMAL, 70).await, Ok(()));
    }

    /// Regression: two processes counted separately and admitted twice as many runs.
    #[tokio::test]
    async fn processes_that_count_together_take_as_much_as_one() {
        let counts = Arc::new(Limiter::local(1));
        let processes = [(); 2].map(|()| AdmissionControl::new(ShedSettings::default(), counts.clone()));
        let settings = Settings { runs_per_minute_per_slot: 100, ..Settings::default() };
        let mut admitted_count = 0;
        for admission in processes.iter().cycle().take(300) {
            let now = Timestamp::from_millis(0);
            admitted_count += u32::from(admission.admit(&settings, &stats(0, 1), NORMAL, now).await.is_ok());
        }
        assert_eq!(admitted_count, 100);
    }

    #[tokio::test]
    async fn capacity_is_not_counted_unless_it_is_set() {
        let admission = admission(ShedSettings::default());
        for n in 0..10_000 {
            let now = Timestamp::from_millis(0);
            let admitted = admission.admit(&Settings::default(), &stats(0, 1), NORMAL, now).await;
            assert_eq!(admitted, Ok(()), "run {n}");
        }
    }
}
