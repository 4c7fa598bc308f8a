//! Report of the class bench.

use std::{collections::BTreeMap, fmt};

use serde::Serialize;

use super::waiting::WaitingMeasurements;
use crate::{
    cli::ClassArgs,
    goal::Ratio,
    machine::MeasurementContext,
    measurement::Tally,
    report::{Digits, goals, number, table, write_head},
    samples::{Quantiles, Samples, round},
};

/// The complete report.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ClassReport {
    pub(super) bench: &'static str,
    #[serde(flatten)]
    pub(super) circumstances: MeasurementContext,
    pub(super) lessons: LessonReport,
    /// Absent if no client had to wait.
    pub(super) waited: Option<WaitingReport>,
    pub(super) ratios: Vec<Ratio>,
}

/// Results of the lesson.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct LessonReport {
    students: u32,
    per_minute: f64,
    cpp_percent: u64,
    seconds: f64,
    /// Runs with the expected output.
    runs: u32,
    #[serde(flatten)]
    times: Option<Quantiles>,
    errors: BTreeMap<String, u32>,
}

/// Results of the waiting clients.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WaitingReport {
    clients: u32,
    pub(super) kib_each: f64,
    cpu_percent: f64,
    one_by_one: NotificationLatency,
    at_once: NotificationLatency,
    errors: BTreeMap<String, u32>,
}

/// Notification latency.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct NotificationLatency {
    heard: u32,
    #[serde(flatten)]
    times: Option<Quantiles>,
}

impl LessonReport {
    pub(super) fn of(args: &ClassArgs, tally: &Tally) -> Self {
        Self {
            students: args.students,
            per_minute: args.per_minute,
            cpp_percent: args.cpp_percent,
            seconds: round(tally.elapsed.as_secs_f64()),
            runs: tally.samples.count(),
            times: tally.samples.quantiles(),
            errors: tally.errors.clone(),
        }
    }

    pub(super) fn p95(&self) -> Option<f64> {
        self.times.map(|times| times.p95)
    }
}

impl NotificationLatency {
    fn of(samples: &Samples) -> Self {
        Self { heard: samples.count(), times: samples.quantiles() }
    }

    fn p99(&self) -> Option<f64> {
        self.times.map(|times| times.p99)
    }
}

impl WaitingReport {
    pub(super) fn of(clients: u32, found: &WaitingMeasurements) -> Self {
        let mut errors = BTreeMap::new();
        found.errors.iter().for_each(|error| *errors.entry(error.clone()).or_default() += 1);
        Self {
            clients,
            kib_each: round(found.kib_each),
            cpu_percent: round(found.cpu_percent),
            one_by_one: NotificationLatency::of(&found.one_by_one),
            at_once: NotificationLatency::of(&found.at_once),
            errors,
        }
    }

    pub(super) fn one_by_one_p99(&self) -> Option<f64> {
        self.one_by_one.p99()
    }

    pub(super) fn at_once_p99(&self) -> Option<f64> {
        self.at_once.p99()
    }
}

impl ClassReport {
    /// Number of runs without an answer, or with a wrong one.
    pub(crate) fn errors(&self) -> u64 {
        self.error_counts().map(|(_, times)| u64::from(*times)).sum()
    }

    fn error_counts(&self) -> impl Iterator<Item = (&String, &u32)> {
        self.lessons.errors.iter().chain(self.waited.iter().flat_map(|waited| &waited.errors))
    }

    fn rows(&self) -> Vec<Vec<String>> {
        let head = ["", "times", "median ms", "p95 ms", "p99 ms"].map(str::to_owned).to_vec();
        let row = |name: &str, count: u32, times: Option<Quantiles>| {
            let time = |pick: fn(&Quantiles) -> f64| number(times.as_ref().map(pick), Digits::Two);
            let times = [time(|times| times.median), time(|times| times.p95), time(|times| times.p99)];
            [name.to_owned(), count.to_string()].into_iter().chain(times).collect()
        };
        let mut rows =
            vec![head, row("a run, from asking to its result", self.lessons.runs, self.lessons.times)];
        if let Some(waited) = &self.waited {
            let heard = |name, heard: &NotificationLatency| row(name, heard.heard, heard.times);
            rows.push(heard("the end of a job, to who waits for it", &waited.one_by_one));
            rows.push(heard("the end of a job, to all who wait for it", &waited.at_once));
        }
        rows
    }
}

impl fmt::Display for ClassReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_head(f, &self.circumstances)?;
        let LessonReport { students, per_minute, seconds, .. } = &self.lessons;
        writeln!(f, "{students} students, {per_minute} runs a minute each, for {seconds:.0} s")?;
        if let Some(WaitingReport { clients, kib_each, cpu_percent, .. }) = &self.waited {
            writeln!(
                f,
                "{clients} clients wait: {kib_each:.1} KiB each, {cpu_percent:.1} % of a processor in all"
            )?;
        }
        writeln!(f, "\n{}", table(&self.rows()))?;
        for (error, times) in self.error_counts() {
            writeln!(f, "! {times} × {error}")?;
        }
        f.write_str(&table(&goals(&self.ratios)))
    }
}
