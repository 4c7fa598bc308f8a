//! The limits that a package's programs run with: what the package says, and what its format has where it says nothing.

use std::time::Duration;

use languages::Language;
use model::{Bytes, Cpus, Limits};
use package::Package;

/// What a Kattis package gets where it says nothing, as the reference tools have it.
const KATTIS_MEMORY: Bytes = Bytes::mib(2048);
const KATTIS_OUTPUT: Bytes = Bytes::mib(8);
/// There the stack has no limit but memory; this is deep enough for a million calls, and threads can still be made.
const KATTIS_STACK: Bytes = Bytes::mib(256);

/// The most that a package can ask for: what programs write is held in memory, and nobody waits for hours.
const MOST_MEMORY: Bytes = Bytes::mib(4096);
const MOST_OUTPUT: Bytes = Bytes::mib(64);
const MOST_CPU: Duration = Duration::from_hours(1);

/// What the package asks for and does not get, as sentences. The machine can give so much memory to one.
pub(crate) fn cuts(package: &Package, machine: Bytes) -> Vec<String> {
    let over = |name: &str, asked: Option<Bytes>, most: Bytes| {
        asked
            .filter(|asked| *asked > most)
            .map(|asked| format!("limits.{name} is {asked}, and {most} is the most here"))
    };
    let found = [
        over("memory", package.limits.memory, MOST_MEMORY.min(machine)),
        over("output", package.limits.output, MOST_OUTPUT),
    ];
    found.into_iter().flatten().collect()
}

/// The limits of a submission, whose tests may each take this much CPU time.
pub(crate) fn of_submission(package: &Package, language: &Language, cpu: Duration) -> Limits {
    let base = language.limits(Limits::STUDENT);
    let base = if package.format.is_lesson() { base } else { kattis(base) };
    let cpu = cpu.min(MOST_CPU);
    Limits {
        cpu,
        cpus: Cpus::ONE,
        wall: Limits::test_wall_limit(cpu),
        memory: package.limits.memory.unwrap_or(base.memory).min(MOST_MEMORY),
        output: package.limits.output.unwrap_or(base.output).min(MOST_OUTPUT),
        ..base
    }
}

/// The limits of an input validator.
pub(crate) fn of_validator(package: &Package, language: &Language) -> Limits {
    const USUAL: Duration = Duration::from_mins(1);
    let base = kattis(language.limits(Limits::STUDENT));
    let cpu = package.limits.validation_time.unwrap_or(USUAL).min(USUAL);
    let memory = package.limits.validation_memory.unwrap_or(base.memory).min(MOST_MEMORY);
    // It reads what nobody times: on the clock there is room for a machine that does much else.
    Limits { cpu, cpus: Cpus::ONE, wall: cpu * 5 + Duration::from_secs(10), memory, ..base }
}

fn kattis(base: Limits) -> Limits {
    Limits {
        memory: base.memory.max(KATTIS_MEMORY),
        output: base.output.max(KATTIS_OUTPUT),
        stack: base.stack.max(KATTIS_STACK),
        ..base
    }
}
