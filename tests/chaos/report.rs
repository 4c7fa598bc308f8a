//! Report: one line per scenario with its faults and figures.

use std::{fs::File, io::Write as _, time::Duration};

use crate::ledger::Totals;

/// Result of a scenario.
#[derive(Debug)]
pub(crate) struct Line<'a> {
    pub(crate) scenario: &'a str,
    /// The injected fault.
    pub(crate) done: &'a str,
    /// Requests that were not answered, or with a 5xx.
    pub(crate) unanswered: usize,
    /// Submissions that were acknowledged again.
    pub(crate) repeats: usize,
    pub(crate) totals: Totals,
    /// The longest time from the end of a fault to the answer of a job submitted then.
    pub(crate) recovery: Duration,
    pub(crate) took: Duration,
}

impl Line<'_> {
    /// Adds it to the file that `CHAOS_REPORT` names, if there is one. scripts/chaos prints the heads of its columns.
    pub(crate) fn publish(&self) {
        let Some(path) = std::env::var_os("CHAOS_REPORT") else { return };
        let mut file = File::options().create(true).append(true).open(path).expect("a report");
        let Totals { accepted, completed, cancelled, dead, attempted_again } = self.totals;
        writeln!(
            file,
            "{}\t{}\t{}\t{}\t{accepted}\t{completed}\t{cancelled}\t{dead}\t{attempted_again}\t{:.1}\t{:.0}",
            self.scenario,
            self.done,
            self.unanswered,
            self.repeats,
            self.recovery.as_secs_f64(),
            self.took.as_secs_f64(),
        )
        .expect("it can be written");
    }
}
