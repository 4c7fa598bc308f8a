//! Metrics of a worker. Labels have few values, and none is an id.

use std::time::{Duration, Instant};

use metrics::{Gauge, Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};
use model::{Completion, PoolKind};

/// Result of an attempt, as the metrics count it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum AttemptOutcome {
    /// Its result is the job's.
    Recorded,
    /// The record was final already, and the ticket was all that was left of the job.
    Settled,
    /// The worker stops and has abandoned the attempt; another worker starts the next one.
    Requeued,
    /// The lease was lost during the run, and another attempt may hold it.
    Lost,
    /// The record has seen a later attempt and did not take its result.
    Stale,
    /// It failed on our side, and another one is made.
    Retried,
    /// It failed on our side, and was the last.
    Dead,
}

impl AttemptOutcome {
    const ALL: [Self; 7] =
        [Self::Recorded, Self::Settled, Self::Requeued, Self::Lost, Self::Stale, Self::Retried, Self::Dead];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Recorded => "recorded",
            Self::Settled => "settled",
            Self::Requeued => "given-back",
            Self::Lost => "lost",
            Self::Stale => "stale",
            Self::Retried => "retried",
            Self::Dead => "dead",
        }
    }

    /// Counts one such attempt.
    pub(crate) fn count(self) {
        counter!("coderunner_attempts_total", "outcome" => self.as_str()).increment(1);
    }
}

/// An attempt that is being made, for as long as this lives.
pub(crate) struct ActiveAttempt {
    active: Gauge,
    since: Instant,
}

impl ActiveAttempt {
    pub(crate) fn attempt() -> Self {
        let active = gauge!("coderunner_worker_active_jobs");
        active.increment(1.0);
        Self { active, since: Instant::now() }
    }
}

impl Drop for ActiveAttempt {
    fn drop(&mut self) {
        self.active.decrement(1.0);
        histogram!("coderunner_attempt_seconds").record(self.since.elapsed().as_secs_f64());
    }
}

/// Counts an attempt that runs a job: how long that had waited, and whether it is one more try.
pub(crate) fn count_start(pool: PoolKind, waited: Duration, attempt: u32) {
    histogram!("coderunner_queue_wait_seconds", "pool" => pool.as_str()).record(waited.as_secs_f64());
    if attempt > 1 {
        counter!("coderunner_retries_total").increment(1);
    }
}

/// Counts a job that has ended here.
pub(crate) fn count_end(completion: &Completion) {
    counter!("coderunner_jobs_total", "status" => completion.status().as_str()).increment(1);
    let Some(report) = completion.report() else { return };
    if let Some(grading) = &report.grading {
        counter!("coderunner_gradings_total", "verdict" => grading.verdict.as_str()).increment(1);
    }
    if let Some(run) = &report.run {
        histogram!("coderunner_run_cpu_seconds").record(run.usage.cpu.as_secs_f64());
        histogram!("coderunner_run_wall_seconds").record(run.usage.wall.as_secs_f64());
        #[allow(clippy::cast_precision_loss, reason = "no machine has that much")]
        histogram!("coderunner_run_memory_bytes").record(run.usage.memory.get() as f64);
    }
}

/// Counts a run of a test that is made once more, since a limit ended the first, and hardly.
pub(crate) fn run_again() {
    counter!("coderunner_tests_run_again_total").increment(1);
}

/// Counts something that an engine could not do: `records`, `queue` or `objects`.
pub(crate) fn engine_failed(engine: &'static str) {
    counter!("coderunner_engine_errors_total", "engine" => engine).increment(1);
}

/// Says what all that is, and shows what has not happened yet as zero, so that its first time is seen as a rise.
pub(crate) fn describe() {
    describe_counter!("coderunner_jobs_total", "Jobs that ended here, by status.");
    describe_counter!("coderunner_gradings_total", "Submissions that were judged, by verdict.");
    describe_counter!(
        "coderunner_tests_run_again_total",
        "Runs of tests that were made once more, since a limit ended the first, and hardly."
    );
    describe_counter!("coderunner_artifacts_total", "Files that programs left behind and that were kept.");
    describe_counter!("coderunner_attempts_total", "Attempts at jobs made here, by what came of them.");
    describe_counter!("coderunner_retries_total", "Attempts begun here that were not their job's first.");
    describe_counter!(
        "coderunner_engine_errors_total",
        "Failures of what the program stands on, by which: records, queue or objects."
    );
    describe_gauge!("coderunner_worker_active_jobs", "Jobs that this worker has claimed and not ended yet.");
    let in_seconds = [
        ("coderunner_attempt_seconds", "How long attempts took, from claim to settlement."),
        ("coderunner_queue_wait_seconds", "How long jobs waited to be claimed, by pool."),
        ("coderunner_run_cpu_seconds", "CPU time of programs, compiling not included."),
        ("coderunner_run_wall_seconds", "Time of programs on the clock, compiling not included."),
    ];
    for (name, meaning) in in_seconds {
        describe_histogram!(name, Unit::Seconds, meaning);
    }
    describe_histogram!(
        "coderunner_run_memory_bytes",
        Unit::Bytes,
        "Most memory that programs used at once."
    );
    for outcome in AttemptOutcome::ALL {
        counter!("coderunner_attempts_total", "outcome" => outcome.as_str()).increment(0);
    }
    counter!("coderunner_retries_total").increment(0);
    counter!("coderunner_tests_run_again_total").increment(0);
    gauge!("coderunner_worker_active_jobs").increment(0.0);
}
