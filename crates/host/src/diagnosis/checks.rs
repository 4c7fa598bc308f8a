//! Checks of the facts: a status and, where something is missing, an advice for each. Pure.

mod isolation;
mod limits;
mod size;

use model::PoolKind;

use self::size::size;
use super::{
    facts::{Cgroups, Facts, LanguageFact, Machine},
    report::{Check, Group, HostReadiness, LanguageReport, PoolReport, Report, Status, Subject},
};

/// The oldest kernel with `mount_setattr(2)`, which the sandbox's mounts need.
const OLDEST_KERNEL: (u32, u32) = (5, 12);

/// Evaluates the facts.
pub fn evaluate(facts: &Facts) -> Report {
    let mut checks = machine(&facts.machine);
    checks.extend(isolation::checks(facts));
    checks.extend(limits::checks(facts));
    // Evaluated last, since a missing prerequisite explains it; shown first, since it matters most.
    let sandbox = isolation::sandbox(facts, &checks);
    checks.insert(0, sandbox);
    let languages: Vec<_> = facts.languages.iter().map(language).collect();
    Report { verdict: verdict(&checks, &languages), checks, languages, pools: pools(facts) }
}

fn verdict(checks: &[Check], languages: &[LanguageReport]) -> HostReadiness {
    if checks.iter().any(Check::is_missing) {
        return HostReadiness::CannotRun;
    }
    let weaker = checks.iter().any(|check| check.status == Status::Weaker);
    if weaker || languages.iter().any(|language| !language.available) {
        HostReadiness::Weaker
    } else {
        HostReadiness::AllHere
    }
}

fn machine(machine: &Machine) -> Vec<Check> {
    let subject = |id, name| Subject(Group::Machine, id, name);
    vec![
        kernel(subject("kernel", "kernel"), &machine.kernel),
        Check::passed(subject("processors", "processors"), machine.cores.to_string()),
        Check::passed(subject("memory", "memory"), size(machine.memory)),
    ]
}

fn kernel(subject: Subject, kernel: &str) -> Check {
    let (major, minor) = OLDEST_KERNEL;
    match version(kernel) {
        Some(version) if version < OLDEST_KERNEL => {
            let detail = format!("{kernel} is too old: {major}.{minor} or newer is needed");
            Check::failed(subject, detail, "install a newer kernel")
        }
        _ => Check::passed(subject, kernel),
    }
}

/// The first two numbers of `Linux 6.1.0-18-amd64`.
fn version(kernel: &str) -> Option<(u32, u32)> {
    let mut numbers = kernel.strip_prefix("Linux ")?.split(|c: char| !c.is_ascii_digit());
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

fn language(fact: &LanguageFact) -> LanguageReport {
    let (available, detail) = match &fact.toolchain {
        Ok(toolchain) => (true, toolchain.clone()),
        Err(reason) => (false, reason.clone()),
    };
    LanguageReport { id: fact.id.clone(), name: fact.name.clone(), available, detail }
}

fn pools(facts: &Facts) -> Vec<PoolReport> {
    [PoolKind::Container, PoolKind::Microvm, PoolKind::Trusted].map(|pool| pool_report(facts, pool)).into()
}

fn pool_report(facts: &Facts, pool: PoolKind) -> PoolReport {
    let configured = facts.pools.contains(&pool);
    let languages = facts.languages.iter().filter(|language| language.pool == pool);
    let languages: Vec<_> = languages.map(|language| language.name.as_str()).collect();
    let detail = match (configured, pool) {
        (true, PoolKind::Container) if matches!(facts.cgroups, Cgroups::Absent(_)) => {
            "namespaces and filtered system calls".to_owned()
        }
        (true, PoolKind::Container) => "namespaces, cgroups and filtered system calls".to_owned(),
        (true, PoolKind::Microvm) => "virtual machines".to_owned(),
        (true, PoolKind::Trusted) => "plain processes".to_owned(),
        (false, _) if languages.is_empty() => "not configured; no language is meant for it".to_owned(),
        (false, _) => {
            format!("not configured; what is meant for it runs in container: {}", languages.join(", "))
        }
    };
    PoolReport { pool, configured, detail }
}
