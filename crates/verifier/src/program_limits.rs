//! Program limits: limits of a package's programs, from the package, or else from its format.

use std::time::Duration;

use languages::Language;
use model::{Bytes, Cpus, Limits};
use package::{DEFAULT_MEMORY, DEFAULT_OUTPUT, Package};

/// In the Kattis tools the stack has no limit but memory; this is deep enough for a million calls, and threads can still be made.
const KATTIS_STACK: Bytes = Bytes::mib(256);

/// The most that the validators and generators of a package can ask for.
const MAX_MEMORY: Bytes = Bytes::mib(4096);
const MAX_CPU: Duration = Duration::from_hours(1);

/// The most memory and output that a package can ask for, as on a server with the same configuration.
#[derive(Debug, Clone, Copy)]
pub struct Ceilings {
    /// Memory.
    pub memory: Bytes,
    /// Output, on each stream.
    pub output: Bytes,
}

/// A sentence for each limit that the package asks for and does not get.
pub(crate) fn reduced_limits(package: &Package, ceilings: Ceilings) -> Vec<String> {
    let over = |name: &str, asked: Option<Bytes>, most: Bytes| {
        asked
            .filter(|asked| *asked > most)
            .map(|asked| format!("limits.{name} is {asked}, and {most} is the most here"))
    };
    let found = [
        over("memory", package.limits.memory, ceilings.memory),
        over("output", package.limits.output, ceilings.output),
    ];
    found.into_iter().flatten().collect()
}

/// The limits of a submission, whose tests may each take this much CPU time.
pub(crate) fn submission_limits(
    package: &Package,
    language: &Language,
    cpu: Duration,
    ceilings: Ceilings,
) -> Limits {
    let base = language.limits(Limits::STUDENT);
    let base = if package.format.is_lesson() { base } else { with_deep_stack(base) };
    let cpu = cpu.min(MAX_CPU);
    Limits {
        cpu,
        cpus: Cpus::ONE,
        wall: Limits::test_wall_limit(cpu),
        memory: package.memory_limit().unwrap_or(base.memory).min(ceilings.memory),
        output: package.output_limit().unwrap_or(base.output).min(ceilings.output),
        ..base
    }
}

/// The limits of an input validator or a generator.
pub(crate) fn validator_limits(package: &Package, language: &Language) -> Limits {
    const USUAL: Duration = Duration::from_mins(1);
    let base = with_deep_stack(language.limits(Limits::STUDENT));
    let cpu = package.limits.validation_time.unwrap_or(USUAL).min(USUAL);
    let memory = package.limits.validation_memory.unwrap_or(DEFAULT_MEMORY).min(MAX_MEMORY);
    let output = base.output.max(DEFAULT_OUTPUT);
    // It reads what nobody times: on the clock there is room for a machine that does much else.
    Limits { cpu, cpus: Cpus::ONE, wall: cpu * 5 + Duration::from_secs(10), memory, output, ..base }
}

fn with_deep_stack(base: Limits) -> Limits {
    Limits { stack: base.stack.max(KATTIS_STACK), ..base }
}
