//! Reports: JSON for programs and tables for people.

use std::fmt::{self, Write as _};

use serde::Serialize;

use super::{
    goal::{Ratio, Target},
    machine::MeasurementContext,
    measurement::Measurement,
};

/// The complete report.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct BenchReport {
    pub(super) bench: &'static str,
    #[serde(flatten)]
    pub(super) circumstances: MeasurementContext,
    /// Version of bubblewrap, if it is installed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) bwrap: Option<String>,
    pub(super) measurements: Vec<Measurement>,
    pub(super) ratios: Vec<Ratio>,
    /// Measurements left out, with the reason.
    pub(super) notes: Vec<String>,
}

impl BenchReport {
    pub(super) fn errors(&self) -> u32 {
        self.measurements.iter().map(|row| row.errors).sum()
    }
}

impl fmt::Display for BenchReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_head(f, &self.circumstances)?;
        f.write_str(&table(&rows(&self.measurements)))?;
        for row in &self.measurements {
            for (error, times) in &row.what_went_wrong {
                writeln!(f, "! {} {}: {times} × {error}", row.program.as_str(), row.way.as_str())?;
            }
        }
        f.write_char('\n')?;
        f.write_str(&table(&goals(&self.ratios)))?;
        self.notes.iter().try_for_each(|note| writeln!(f, "\n{note}"))
    }
}

pub(super) fn write_head(f: &mut fmt::Formatter<'_>, at: &MeasurementContext) -> fmt::Result {
    let load = |load: &[f64]| load.first().copied().unwrap_or_default();
    writeln!(f, "Code Runner {} ({} build), {}", at.version, at.build, at.date)?;
    writeln!(f, "{} cores ({}), Linux {}, cgroups {}", at.cores, at.cpu, at.kernel, at.cgroups)?;
    writeln!(f, "load {:.2} before, {:.2} after\n", load(&at.load_before), load(&at.load_after))
}

fn rows(measurements: &[Measurement]) -> Vec<Vec<String>> {
    let head = ["program", "way", "clients", "runs", "median ms", "p95 ms", "p99 ms", "runs/s", "errors"];
    let row = |one: &Measurement| {
        let time =
            |pick: fn(&super::samples::Quantiles) -> f64| number(one.times.as_ref().map(pick), Digits::Two);
        vec![
            one.program.as_str().to_owned(),
            one.way.as_str().to_owned(),
            one.clients.to_string(),
            one.runs.to_string(),
            time(|times| times.median),
            time(|times| times.p95),
            time(|times| times.p99),
            number(one.runs_per_second, Digits::One),
            one.errors.to_string(),
        ]
    };
    [head.map(str::to_owned).to_vec()].into_iter().chain(measurements.iter().map(row)).collect()
}

pub(super) fn goals(ratios: &[Ratio]) -> Vec<Vec<String>> {
    let head = ["ratio", "value", "goal", ""].map(str::to_owned).to_vec();
    let row = |one: &Ratio| {
        let goal = match one.goal {
            None => String::new(),
            Some(Target::AtMost(most)) => format!("≤ {most}"),
            Some(Target::AtLeast(least)) => format!("≥ {least}"),
        };
        let met = match (one.value, one.met) {
            (None, _) => "not measured",
            (Some(_), None) => "",
            (Some(_), Some(true)) => "met",
            (Some(_), Some(false)) => "missed",
        };
        vec![one.name.to_owned(), number(one.value, Digits::Two), goal, met.to_owned()]
    };
    [head].into_iter().chain(ratios.iter().map(row)).collect()
}

#[derive(Clone, Copy)]
pub(super) enum Digits {
    One,
    Two,
}

pub(super) fn number(value: Option<f64>, digits: Digits) -> String {
    match (value, digits) {
        (None, _) => "-".to_owned(),
        (Some(value), Digits::One) => format!("{value:.1}"),
        (Some(value), Digits::Two) => format!("{value:.2}"),
    }
}

/// Aligned columns, with numbers to the right.
pub(super) fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let wide = |cell: &String| cell.chars().count();
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(wide).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let numeric: Vec<bool> = (0..columns).map(|column| is_numeric(rows, column)).collect();
    let mut text = String::new();
    for row in rows {
        let pad = |(column, cell): (usize, &String)| {
            let width = widths[column];
            if numeric[column] { format!("{cell:>width$}") } else { format!("{cell:<width$}") }
        };
        let line = row.iter().enumerate().map(pad).collect::<Vec<_>>().join("  ");
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// Whether all cells below the header are numbers.
fn is_numeric(rows: &[Vec<String>], column: usize) -> bool {
    let cells = || rows.iter().skip(1).filter_map(|row| row.get(column));
    cells().count() > 0 && cells().all(|cell| cell == "-" || cell.parse::<f64>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_aligned_words_to_the_left_and_numbers_to_the_right() {
        let rows = [["way", "ms"], ["bare", "0.50"], ["bwrap", "12.50"], ["é", "-"]];
        let rows: Vec<Vec<String>> = rows.iter().map(|row| row.map(str::to_owned).to_vec()).collect();
        assert_eq!(table(&rows), "way       ms\nbare    0.50\nbwrap  12.50\né          -\n");
    }

    #[test]
    fn goals_say_whether_they_are_met() {
        let ratios = [
            Ratio::new("a", Some(1.0), Some(2.0)).with(Target::AtMost(0.8)),
            Ratio::new("b", Some(1.0), Some(2.0)).with(Target::AtLeast(4.0)),
            Ratio::new("c", None, Some(2.0)).with(Target::AtLeast(4.0)),
        ];
        let text = table(&goals(&ratios));
        let expected = "ratio  value  goal\na       0.50  ≤ 0.8  met\nb       0.50  ≥ 4    missed\nc          -  ≥ 4    not measured\n";
        assert_eq!(text, expected);
    }
}
