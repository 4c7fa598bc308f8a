//! Chaos tests: no acknowledged job is lost or executed twice under crashes, freezes, full disks and network faults.
//!
//! They observe the API only: a [`Crowd`] submits jobs, records the acknowledgements, and reads the results again. README.md has a
//! table of the scenarios.
//!
//! `CHAOS_JOBS` is the number of jobs per scenario, a few dozen by default. `CHAOS_REPORT` names a file to which each scenario appends a
//! line.

mod crowd;
mod disk;
mod embedded;
mod engines;
mod job;
mod ledger;
mod network;
mod report;
mod site;
mod workers;

pub(crate) use crowd::ChaosClients;
use testkit::Setup;

/// Default number of jobs per scenario.
const FEW: usize = 48;

/// Configuration of each process: without rate limits, because all clients have one address.
pub(crate) fn setup() -> Setup {
    Setup { env: vec![("CODERUNNER_LIMITS", "off".to_owned())], ..Setup::default() }
}

/// Number of jobs per scenario.
pub(crate) fn jobs() -> usize {
    std::env::var("CHAOS_JOBS").map_or(FEW, |jobs| jobs.parse().expect("CHAOS_JOBS is a number"))
}
