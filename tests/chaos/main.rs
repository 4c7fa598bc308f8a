//! What was acknowledged is neither lost nor done twice, whatever dies, freezes, fills up or goes deaf meanwhile.
//!
//! Seen from outside only: a [`Crowd`] submits, remembers what it was promised, and reads again what it was told. The
//! table in README.md says which scenario does what.
//!
//! `CHAOS_JOBS` says how many jobs each scenario has: a few dozen, if it does not. `CHAOS_REPORT` names a file to which
//! each scenario adds a line.

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

pub(crate) use crowd::Crowd;
use testkit::Setup;

/// How many jobs a scenario has when nobody says.
const FEW: usize = 48;

/// How each process is set up: it takes as much as comes, for the crowd is a whole school at one address.
pub(crate) fn setup() -> Setup {
    Setup { env: vec![("CODERUNNER_LIMITS", "off".to_owned())], ..Setup::default() }
}

/// How many jobs a scenario has.
pub(crate) fn jobs() -> usize {
    std::env::var("CHAOS_JOBS").map_or(FEW, |jobs| jobs.parse().expect("CHAOS_JOBS is a number"))
}
