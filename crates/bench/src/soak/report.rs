//! Report of the soak bench.

use std::{fmt, time::Duration};

use serde::Serialize;

use super::{footprint::Footprint, mix::Outcomes};
use crate::{
    goal::{Ratio, Target},
    machine::MeasurementContext,
    measurement::Tally,
    report::{Digits, goals, number, table, write_head},
    samples::{Quantiles, round},
};

/// The complete report.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SoakReport {
    bench: &'static str,
    #[serde(flatten)]
    circumstances: MeasurementContext,
    /// Programs of the mix with the expected outcome.
    runs: u64,
    /// Duration in seconds, including the pauses for footprints.
    seconds: f64,
    outcomes: Outcomes,
    /// Latency of a hello world with nothing else running, and beside hostile programs in all other slots.
    hello_quiet: HelloLatency,
    hello_beside_hostile: HelloLatency,
    /// Footprints after each batch, with nothing running.
    looks: Vec<Footprint>,
    ratios: Vec<Ratio>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct HelloLatency {
    runs: u32,
    errors: u32,
    #[serde(flatten)]
    times: Option<Quantiles>,
}

impl HelloLatency {
    fn of(tally: &Tally) -> Self {
        let errors = tally.errors.values().sum();
        Self { runs: tally.samples.count(), errors, times: tally.samples.quantiles() }
    }
}

/// Results of the batches.
#[derive(Debug)]
pub(super) struct MixResults {
    pub(super) outcomes: Outcomes,
    pub(super) footprints: Vec<Footprint>,
    pub(super) duration: Duration,
}

impl SoakReport {
    pub(super) fn new(
        circumstances: MeasurementContext,
        [quiet, beside]: [Tally; 2],
        MixResults { outcomes, footprints: looks, duration: took }: MixResults,
        ratios: Vec<Ratio>,
    ) -> Self {
        Self {
            bench: "soak",
            circumstances,
            runs: outcomes.right.values().sum(),
            seconds: round(took.as_secs_f64()),
            outcomes,
            hello_quiet: HelloLatency::of(&quiet),
            hello_beside_hostile: HelloLatency::of(&beside),
            looks,
            ratios,
        }
    }

    /// Number of runs with an unexpected outcome.
    pub(crate) fn errors(&self) -> u64 {
        let hellos = self.hello_quiet.errors + self.hello_beside_hostile.errors;
        self.outcomes.wrong.values().sum::<u64>() + u64::from(hellos)
    }
}

/// Growth of a quantity: its median in the last quarter of footprints, and in the second, after warm-up.
#[derive(Debug, Clone, Copy)]
pub(super) struct Growth {
    name: &'static str,
    before: f64,
    after: f64,
    max: f64,
}

/// A counted quantity, and its tolerated growth.
type Kind = (&'static str, fn(&Footprint) -> u64, f64);

/// Memory of processes depends on the last runs; counts must not grow.
const KINDS: [Kind; 8] = [
    ("serverMemoryGrowth", |look| look.server_kib, 1.1),
    ("memoryBelowGrowth", |look| look.below_kib, 1.1),
    ("processesGrowth", |look| look.processes, 1.02),
    ("descriptorsGrowth", |look| look.descriptors, 1.02),
    ("threadsGrowth", |look| look.threads, 1.02),
    ("mountsGrowth", |look| look.mounts, 1.0),
    ("cgroupsGrowth", |look| look.cgroups, 1.0),
    ("strayFilesGrowth", |look| look.stray_files, 1.0),
];

impl Growth {
    /// Growth of all quantities; empty if there are too few footprints.
    pub(super) fn of(looks: &[Footprint]) -> Vec<Self> {
        let quarter = looks.len() / 4;
        if quarter == 0 {
            return Vec::new();
        }
        let (second, last) = (&looks[quarter..2 * quarter], &looks[looks.len() - quarter..]);
        let growth = |&(name, count, most): &Kind| Self {
            name,
            before: median(second, count),
            after: median(last, count),
            max: most,
        };
        KINDS.iter().map(growth).collect()
    }

    pub(super) fn ratio(&self) -> Ratio {
        // Adds one on both sides: 0 that stays 0 has not grown.
        let more = |figure: f64| Some(figure + f64::from(u8::from(self.before == 0.0)));
        Ratio::new(self.name, more(self.after), more(self.before)).with(Target::AtMost(self.max))
    }
}

fn median(looks: &[Footprint], count: fn(&Footprint) -> u64) -> f64 {
    let mut all: Vec<u64> = looks.iter().map(count).collect();
    all.sort_unstable();
    #[allow(clippy::cast_precision_loss, reason = "no machine has that many of anything")]
    all.get(all.len() / 2).map_or(0.0, |&middle| middle as f64)
}

impl fmt::Display for SoakReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_head(f, &self.circumstances)?;
        writeln!(f, "{} programs in {:.0} s, of which ended as they should:\n", self.total(), self.seconds)?;
        let row = |(name, times): (&&str, &u64)| vec![(*name).to_owned(), times.to_string()];
        let head = ["program", "times"].map(str::to_owned).to_vec();
        let rows: Vec<_> = [head].into_iter().chain(self.outcomes.right.iter().map(row)).collect();
        f.write_str(&table(&rows))?;
        for (error, times) in &self.outcomes.wrong {
            writeln!(f, "! {times} × {error}")?;
        }
        writeln!(f, "\n{}", table(&self.hellos()))?;
        f.write_str(&table(&goals(&self.ratios)))
    }
}

impl SoakReport {
    fn total(&self) -> u64 {
        self.runs + self.outcomes.wrong.values().sum::<u64>()
    }

    fn hellos(&self) -> Vec<Vec<String>> {
        let head =
            ["python hello", "runs", "median ms", "p95 ms", "p99 ms", "errors"].map(str::to_owned).to_vec();
        let row = |name: &str, hello: &HelloLatency| {
            let time = |pick: fn(&Quantiles) -> f64| number(hello.times.as_ref().map(pick), Digits::Two);
            let times = [time(|times| times.median), time(|times| times.p95), time(|times| times.p99)];
            let counts = |count: u32| count.to_string();
            let first = [name.to_owned(), counts(hello.runs)];
            first.into_iter().chain(times).chain([counts(hello.errors)]).collect()
        };
        let rows = [("alone", &self.hello_quiet), ("beside hostile programs", &self.hello_beside_hostile)];
        [head].into_iter().chain(rows.map(|(name, hello)| row(name, hello))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(cgroups: u64) -> Footprint {
        Footprint {
            server_kib: 1000,
            below_kib: 1000,
            processes: 8,
            descriptors: 30,
            threads: 4,
            mounts: 9,
            cgroups,
            stray_files: 0,
        }
    }

    fn goals_met(looks: &[Footprint]) -> Vec<(&'static str, Option<bool>)> {
        Growth::of(looks).iter().map(Growth::ratio).map(|ratio| (ratio.name, ratio.met)).collect()
    }

    #[test]
    fn what_stays_as_it_is_has_not_grown() {
        assert!(goals_met(&[look(5); 8]).iter().all(|(_, met)| *met == Some(true)));
    }

    #[test]
    fn what_is_left_behind_bit_by_bit_shows() {
        let leaking: Vec<_> = (0..40).map(look).collect();
        let missed: Vec<_> = goals_met(&leaking).into_iter().filter(|(_, met)| *met == Some(false)).collect();
        assert_eq!(missed, [("cgroupsGrowth", Some(false))]);
    }

    #[test]
    fn what_grows_only_until_all_is_warm_has_not_grown() {
        let warming: Vec<_> = (0..40).map(|number: u64| look(number.min(9))).collect();
        assert!(goals_met(&warming).iter().all(|(_, met)| *met == Some(true)));
    }
}
