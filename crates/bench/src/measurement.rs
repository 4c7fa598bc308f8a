//! Measurement rows: a program, run many times in one way.

use std::{collections::BTreeMap, time::Duration};

use serde::Serialize;

use super::samples::{Quantiles, Samples, round};

/// The program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Program {
    /// `/bin/true`: starts and ends.
    True,
    /// A print in Python, isolated from its user and without the site module: `python3 -I -S`.
    PythonIsolated,
    /// A hello world in Python.
    Python,
    /// A hello world in C, compiled and run.
    C,
    /// A sum in Python, for many small tests.
    PythonTests,
    /// The same in C++, compiled before.
    CppTests,
    /// 256 MiB of output in one test.
    LargeOutput,
}

/// The way in which it is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum RunMethod {
    /// Over HTTP, on the server.
    Http,
    /// A bare process.
    Bare,
    /// In bubblewrap, with all namespaces new and a minimal root.
    Bwrap,
    /// In a new sandbox, until the outcome is known.
    Cold,
    /// In a new sandbox, until it is destroyed.
    ColdUntilGone,
    /// In a sandbox created in advance, until the outcome is known.
    Leased,
    /// Judged: each test in a clean sandbox, with its output compared.
    Graded,
}

/// Results of runs so far.
#[derive(Debug)]
pub(super) struct Tally {
    pub(super) samples: Samples,
    /// Errors with their counts.
    pub(super) errors: BTreeMap<String, u32>,
    /// Wall time of all runs.
    pub(super) elapsed: Duration,
}

/// The row.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Measurement {
    pub(super) program: Program,
    pub(super) way: RunMethod,
    /// Concurrent clients, each one run after another.
    pub(super) clients: u32,
    /// Successful runs; only these are in the times.
    pub(super) runs: u32,
    #[serde(flatten)]
    pub(super) times: Option<Quantiles>,
    /// Absent if runs of other rows were interleaved.
    pub(super) runs_per_second: Option<f64>,
    /// Runs that failed or whose output was wrong.
    pub(super) errors: u32,
    /// Errors with their counts.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) what_went_wrong: BTreeMap<String, u32>,
}

impl Program {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::True => "true",
            Self::PythonIsolated => "python -I -S",
            Self::Python => "python",
            Self::C => "c (compiled)",
            Self::PythonTests => "python, many tests",
            Self::CppTests => "c++, many tests",
            Self::LargeOutput => "256 MiB of output",
        }
    }
}

impl RunMethod {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Bare => "bare",
            Self::Bwrap => "bwrap",
            Self::Cold => "cold",
            Self::ColdUntilGone => "cold, until gone",
            Self::Leased => "leased",
            Self::Graded => "graded",
        }
    }
}

impl Tally {
    pub(super) fn new() -> Self {
        Self { samples: Samples::new(), errors: BTreeMap::new(), elapsed: Duration::ZERO }
    }

    pub(super) fn count(&mut self, run: Result<Duration, String>) {
        match run {
            Ok(took) => self.samples.add(took),
            Err(error) => *self.errors.entry(error).or_default() += 1,
        }
    }

    /// Adds the runs of another tally, but not its wall time, which may have been the same.
    pub(super) fn merge(&mut self, other: &Self) {
        self.samples.merge(&other.samples);
        for (error, times) in &other.errors {
            *self.errors.entry(error.clone()).or_default() += times;
        }
    }

    pub(super) fn per_second(&self) -> Option<f64> {
        let seconds = self.elapsed.as_secs_f64();
        (seconds > 0.0).then(|| round(f64::from(self.samples.count()) / seconds))
    }
}

impl Measurement {
    pub(super) fn new(program: Program, way: RunMethod, clients: u32, tally: &Tally) -> Self {
        Self {
            program,
            way,
            clients,
            runs: tally.samples.count(),
            times: tally.samples.quantiles(),
            runs_per_second: tally.per_second(),
            errors: tally.errors.values().sum(),
            what_went_wrong: tally.errors.clone(),
        }
    }

    pub(super) fn median(&self) -> Option<f64> {
        self.times.map(|times| times.median)
    }
}

/// The row of this program, way and number of clients.
pub(super) fn find(
    rows: &[Measurement],
    program: Program,
    way: RunMethod,
    clients: u32,
) -> Option<&Measurement> {
    rows.iter().find(|row| (row.program, row.way, row.clients) == (program, way, clients))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failed_runs_are_counted_and_not_timed() {
        let mut tally = Tally::new();
        for run in [Ok(Duration::from_millis(2)), Err("503".to_owned()), Err("503".to_owned())] {
            tally.count(run);
        }
        tally.elapsed = Duration::from_millis(500);
        let row = Measurement::new(Program::Python, RunMethod::Http, 1, &tally);
        assert_eq!((row.runs, row.errors, row.runs_per_second), (1, 2, Some(2.0)));
        assert_eq!(row.what_went_wrong, BTreeMap::from([("503".to_owned(), 2)]));
        assert!(row.median().is_some_and(|median| (median - 2.0).abs() < 0.01), "{:?}", row.median());
    }

    #[test]
    fn rows_keep_their_names_in_json() {
        let mut tally = Tally::new();
        tally.count(Ok(Duration::from_millis(1)));
        let row = serde_json::to_value(Measurement::new(
            Program::PythonIsolated,
            RunMethod::ColdUntilGone,
            1,
            &tally,
        ));
        let expected = serde_json::json!({"program": "pythonIsolated", "way": "coldUntilGone", "clients": 1,
            "runs": 1, "medianMs": 1.0, "p95Ms": 1.0, "p99Ms": 1.0, "runsPerSecond": null, "errors": 0});
        assert_eq!(row.expect("serialises"), expected);
    }
}
