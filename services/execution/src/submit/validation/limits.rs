//! Effective limits of a run: the requested values within the ceiling of the pool, with defaults of the language or the settings.

use std::{ops::RangeInclusive, time::Duration};

use languages::Language;
use model::{Bytes, Cpus, Limits, LimitsRequest, PoolKind};
use wire::{FieldError, LimitsBody};

use crate::settings::Settings;

/// Minimum memory limit: no process fits into less.
const MIN_MEMORY: u64 = Bytes::mib(4).get();

/// Checks the requested limits and fills in the defaults.
pub(super) fn effective_limits(
    request: LimitsBody,
    language: Option<&Language>,
    pool: PoolKind,
    settings: &Settings,
) -> Result<Limits, Vec<FieldError>> {
    let defaults = language.map_or(settings.limits, |language| language.limits(settings.limits));
    let ceiling = ceiling(pool, &defaults, settings);
    let defaults = cap_to_machine(defaults, settings);
    let mut errors = Vec::new();
    let mut within = |field: &str, value: Option<u64>, allowed: RangeInclusive<u64>| {
        let value = value?;
        if allowed.contains(&value) {
            return Some(value);
        }
        let message = format!("must be between {} and {}", allowed.start(), allowed.end());
        errors.push(FieldError::new(format!("limits.{field}"), message));
        None
    };
    let cpu = within("cpuMs", request.cpu_ms, 1..=millis(ceiling.cpu));
    let wall = within("wallMs", request.wall_ms, 1..=millis(ceiling.wall));
    let memory = within("memoryBytes", request.memory_bytes, MIN_MEMORY..=ceiling.memory.get());
    let output = within("outputBytes", request.output_bytes, 1..=ceiling.output.get());
    let processes = within("processes", request.processes, 1..=u64::from(ceiling.processes));
    let cpus = request
        .cpus
        .and_then(|number| parse_cpus(number, ceiling.cpus).map_err(|error| errors.push(error)).ok());
    let request = LimitsRequest {
        cpu: cpu.map(Duration::from_millis),
        cpus,
        wall: wall.map(Duration::from_millis),
        memory: memory.map(Bytes),
        output: output.map(Bytes),
        processes: processes.and_then(|processes| u32::try_from(processes).ok()),
    };
    if errors.is_empty() { Ok(defaults.with(&request)) } else { Err(errors) }
}

/// The limits of a run in this language without requested limits.
pub(crate) fn defaults(language: &Language, settings: &Settings) -> Limits {
    cap_to_machine(language.limits(settings.limits), settings)
}

/// The maximum limits of a run in this language in this pool.
pub(super) fn max_in_pool(pool: PoolKind, language: &Language, settings: &Settings) -> Limits {
    ceiling(pool, &language.limits(settings.limits), settings)
}

fn ceiling(pool: PoolKind, defaults: &Limits, settings: &Settings) -> Limits {
    cap_to_machine(raise_to_defaults(settings.ceilings.of(pool), defaults), settings)
}

/// Parses a requested CPU share.
fn parse_cpus(number: f64, most: Cpus) -> Result<Cpus, FieldError> {
    let message = || format!("must be between {} and {most}", Cpus::MIN);
    let share = Cpus::from_number(number).filter(|share| *share <= most);
    share.ok_or_else(|| FieldError::new("limits.cpus", message()))
}

/// CPU share of gradings: their time is measured, so each has a CPU of its own.
const GRADING_CPUS: Cpus = Cpus::ONE;

/// The limits of a grading: of each the smaller of the problem's own and of what the pool or the installation allows.
pub(super) fn of_problem(
    problem: &LimitsRequest,
    language: &Language,
    pool: PoolKind,
    settings: &Settings,
) -> Limits {
    let defaults = language.limits(settings.limits);
    let ceiling = raise_to_defaults(settings.ceilings.of(pool), &defaults);
    let ceiling = Limits {
        memory: ceiling.memory.max(settings.problem_memory),
        output: ceiling.output.max(settings.problem_output),
        ..ceiling
    };
    let limits =
        Limits { cpus: GRADING_CPUS, ..cap_to_machine(defaults.with(problem).at_most(&ceiling), settings) };
    // Without a wall time limit a program that sleeps would use up the time of all tests.
    let wall = problem.cpu.map(Limits::test_wall_limit);
    match (problem.wall, wall) {
        (None, Some(wall)) => Limits { wall: limits.wall.min(wall), ..limits },
        (Some(_), _) | (None, None) => limits,
    }
}

/// The ceiling of the pool, but never below the defaults: a language file may set a default above the ceiling.
fn raise_to_defaults(ceiling: &Limits, defaults: &Limits) -> Limits {
    Limits {
        cpu: ceiling.cpu.max(defaults.cpu),
        cpus: ceiling.cpus.max(defaults.cpus),
        wall: ceiling.wall.max(defaults.wall),
        memory: ceiling.memory.max(defaults.memory),
        output: ceiling.output.max(defaults.output),
        processes: ceiling.processes.max(defaults.processes),
        ..*defaults
    }
}

/// The limits with at most as much memory as all runs have together.
fn cap_to_machine(limits: Limits, settings: &Settings) -> Limits {
    Limits { memory: limits.memory.min(settings.memory), ..limits }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
