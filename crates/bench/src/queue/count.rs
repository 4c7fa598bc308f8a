//! Operation counts of a measurement window, with time and CPU use.

use std::{collections::BTreeMap, time::Duration};

/// Operations in one window.
#[derive(Debug, Default, Clone)]
pub(super) struct Count {
    pub(super) operations: u64,
    /// Errors with their counts.
    pub(super) errors: BTreeMap<String, u64>,
    elapsed: Duration,
    /// CPU time of the process that was asked.
    pub(super) cpu: Duration,
}

impl Count {
    /// A count without errors.
    pub(super) fn of(done: u64, elapsed: Duration) -> Self {
        Self { operations: done, elapsed, ..Self::default() }
    }

    pub(super) fn add(&mut self, one: Result<(), String>) {
        match one {
            Ok(()) => self.operations += 1,
            Err(error) => *self.errors.entry(error).or_default() += 1,
        }
    }

    /// Sum of both counts; the time stays.
    #[must_use]
    pub(super) fn with(mut self, other: Self) -> Self {
        self.operations += other.operations;
        for (error, times) in other.errors {
            *self.errors.entry(error).or_default() += times;
        }
        self
    }

    #[must_use]
    pub(super) fn with_elapsed(self, elapsed: Duration) -> Self {
        Self { elapsed, ..self }
    }

    #[must_use]
    pub(super) fn with_cpu(self, cpu: Duration) -> Self {
        Self { cpu, ..self }
    }

    /// CPU time per operation.
    #[allow(clippy::cast_precision_loss, reason = "nobody counts that far")]
    pub(super) fn micros_each(&self) -> f64 {
        self.cpu.as_secs_f64() * 1e6 / self.operations.max(1) as f64
    }

    pub(super) fn is_clean(&self) -> bool {
        self.errors.is_empty()
    }

    #[allow(clippy::cast_precision_loss, reason = "nobody counts that far")]
    pub(super) fn per_second(&self) -> f64 {
        self.operations as f64 / self.elapsed.as_secs_f64().max(f64::EPSILON)
    }
}
