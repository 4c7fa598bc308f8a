//! Diagnosis of this machine: facts, then checks on them, then a report that `coderunner doctor` prints.
//!
//! [`Facts::collect`] looks and tries, and judges nothing. [`evaluate`] judges, and is pure. The report is the shape of
//! `doctor --json`, which programs read and which therefore stays.

mod checks;
mod facts;
mod report;

pub use self::{
    checks::evaluate,
    facts::{
        Account, Accounting, Cgroups, CoreDumps, Environment, Facts, Features, IdSource, LanguageFact,
        Machine, Namespaces, Peak, Rights, Swap, Trial, TrialFailure,
    },
    report::{Check, Group, HostReadiness, LanguageReport, PoolReport, Report, Status},
};
