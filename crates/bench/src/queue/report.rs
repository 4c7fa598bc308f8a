//! Report of the queue bench.

use std::{collections::BTreeMap, fmt};

use serde::Serialize;

use super::{count::Count, load::Latencies};
use crate::{
    goal::Ratio,
    machine::MeasurementContext,
    report::{Digits, goals, number, table, write_head},
    samples::{Quantiles, round},
};

/// The complete report.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct QueueReport {
    pub(super) bench: &'static str,
    #[serde(flatten)]
    pub(super) circumstances: MeasurementContext,
    /// Engine of the queue, and of the records.
    pub(super) engine: &'static str,
    pub(super) records: &'static str,
    pub(super) rates: Vec<Rate>,
    pub(super) waits: Vec<WaitTimes>,
    pub(super) ratios: Vec<Ratio>,
}

/// Operations per second, for each window.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Rate {
    #[serde(rename = "what")]
    pub(super) name: &'static str,
    /// Median of the windows.
    pub(super) per_second: f64,
    pub(super) least: f64,
    #[serde(rename = "most")]
    pub(super) max: f64,
    pub(super) windows: usize,
    /// CPU time per operation in microseconds, of the server's process or of this one. Median of the windows.
    pub(super) cpu_us: f64,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) what_went_wrong: BTreeMap<String, u64>,
}

/// Latency at a fixed rate, from the scheduled time.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WaitTimes {
    #[serde(rename = "what")]
    name: &'static str,
    /// Rate per second.
    per_second: f64,
    runs: u32,
    #[serde(flatten)]
    times: Option<Quantiles>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    what_went_wrong: BTreeMap<String, u64>,
}

impl Rate {
    pub(super) fn of(name: &'static str, windows: &[Count]) -> Self {
        let rates = sort_figures(windows.iter().map(Count::per_second));
        let costs = sort_figures(windows.iter().map(Count::micros_each));
        let at = |place: usize| rates.get(place).copied().map_or(0.0, round);
        let all = windows.iter().cloned().fold(Count::default(), Count::with);
        Self {
            name,
            per_second: at(rates.len() / 2),
            least: at(0),
            max: at(rates.len().saturating_sub(1)),
            windows: rates.len(),
            cpu_us: costs.get(costs.len() / 2).copied().map_or(0.0, round),
            what_went_wrong: all.errors,
        }
    }
}

fn sort_figures(figures: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut figures: Vec<f64> = figures.collect();
    figures.sort_by(f64::total_cmp);
    figures
}

impl WaitTimes {
    pub(super) fn of(waits: &Latencies, per_second: f64) -> [Self; 2] {
        let row = |name, samples: &crate::samples::Samples| Self {
            name,
            per_second: round(per_second),
            runs: samples.count(),
            times: samples.quantiles(),
            what_went_wrong: BTreeMap::new(),
        };
        let claimed =
            Self { what_went_wrong: waits.count.errors.clone(), ..row("until claimed", &waits.claimed) };
        [claimed, row("until settled", &waits.settled)]
    }

    pub(super) fn p99(&self) -> Option<f64> {
        self.times.map(|times| times.p99)
    }
}

impl QueueReport {
    /// Number of errors.
    pub(crate) fn errors(&self) -> u64 {
        self.error_counts().map(|(_, times)| times).sum()
    }

    fn error_counts(&self) -> impl Iterator<Item = (&String, &u64)> {
        let rates = self.rates.iter().flat_map(|rate| &rate.what_went_wrong);
        rates.chain(self.waits.iter().flat_map(|wait| &wait.what_went_wrong))
    }

    fn rate_rows(&self) -> Vec<Vec<String>> {
        let head =
            ["what", "per second", "least", "most", "windows", "CPU µs each"].map(str::to_owned).to_vec();
        let row = |rate: &Rate| {
            let figure = |value| format!("{value:.0}");
            let figures = [rate.per_second, rate.least, rate.max].map(figure);
            let rest = [rate.windows.to_string(), number(Some(rate.cpu_us), Digits::One)];
            [rate.name.to_owned()].into_iter().chain(figures).chain(rest).collect()
        };
        [head].into_iter().chain(self.rates.iter().map(row)).collect()
    }

    fn wait_rows(&self) -> Vec<Vec<String>> {
        let head =
            ["a job", "per second", "runs", "median ms", "p95 ms", "p99 ms"].map(str::to_owned).to_vec();
        let row = |wait: &WaitTimes| {
            let time = |pick: fn(&Quantiles) -> f64| number(wait.times.as_ref().map(pick), Digits::Two);
            let first = [wait.name.to_owned(), format!("{:.0}", wait.per_second), wait.runs.to_string()];
            let times = [time(|times| times.median), time(|times| times.p95), time(|times| times.p99)];
            first.into_iter().chain(times).collect()
        };
        [head].into_iter().chain(self.waits.iter().map(row)).collect()
    }
}

impl fmt::Display for QueueReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_head(f, &self.circumstances)?;
        writeln!(f, "queue: {}, records: {}\n", self.engine, self.records)?;
        writeln!(f, "{}", table(&self.rate_rows()))?;
        writeln!(f, "{}", table(&self.wait_rows()))?;
        for (error, times) in self.error_counts() {
            writeln!(f, "! {times} × {error}")?;
        }
        f.write_str(&table(&goals(&self.ratios)))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_rate_is_the_median_of_its_windows_and_has_the_errors_of_all() {
        let window = |done| Count::of(done, Duration::from_secs(2));
        let mut failed = window(10);
        failed.add(Err("503".to_owned()));
        let rate = Rate::of("things", &[window(400), failed, window(200)]);
        assert_eq!((rate.per_second, rate.least, rate.max, rate.windows), (100.0, 5.0, 200.0, 3));
        assert_eq!(rate.what_went_wrong, BTreeMap::from([("503".to_owned(), 1)]));
    }
}
