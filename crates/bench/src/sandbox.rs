//! Sandbox bench (`coderunner-bench sandbox`): sandbox alone, without queue and records, beside bubblewrap
//! and bare processes.

use sandbox::{Pool, PreparedKind};

use super::{
    contender::{self, Contender, MeasuredUntil, ProcessContender, SandboxContender},
    goal::{Ratio, Target},
    machine::{MeasurementContext, cores},
    measure::{ContenderGroup, measure_rounds, measure_turns},
    measurement::{Measurement, Program, RunMethod, find},
    programs::Sample,
    report::BenchReport,
};
use coderunner::Local;

use crate::cli::SandboxArgs;

const NO_BWRAP: &str = "bubblewrap is not installed, so nothing is compared with it (Debian, Ubuntu: \
                        apt install bubblewrap).";

/// Measures one run at a time, alternately; then as many at once as keep every core busy.
pub(super) async fn measure(local: &Local, args: &SandboxArgs) -> anyhow::Result<BenchReport> {
    let mut circumstances = MeasurementContext::now();
    let bwrap = contender::bwrap();
    let ways: Vec<RunMethod> =
        WAYS.into_iter().filter(|way| *way != RunMethod::Bwrap || bwrap.is_some()).collect();
    let mut measurements = one_at_a_time(local, &ways, args.rounds).await?;
    measurements.extend(many_at_once(local, &ways, args.seconds).await?);
    circumstances.end();
    let ratios = ratios(&measurements);
    let notes = bwrap.is_none().then(|| NO_BWRAP.to_owned()).into_iter().collect();
    Ok(BenchReport { bench: "sandbox", circumstances, bwrap, measurements, ratios, notes })
}

const WAYS: [RunMethod; 5] =
    [RunMethod::Bare, RunMethod::Bwrap, RunMethod::Cold, RunMethod::ColdUntilGone, RunMethod::Leased];

/// Two sandboxes per core: while one waits or is cleaned up, the other runs.
fn crowd() -> u32 {
    u32::try_from(2 * cores()).unwrap_or(u32::MAX)
}

async fn one_at_a_time(local: &Local, ways: &[RunMethod], rounds: usize) -> anyhow::Result<Vec<Measurement>> {
    let pools = Pools::start(local, 1).await?;
    let samples =
        [Sample::of_true(), Sample::python_isolated(local.languages())?, Sample::python(local.languages())?];
    let mut rows = Vec::new();
    for sample in &samples {
        let entrants = ways.iter().map(|&way| pools.contender_group(sample, way, 1));
        rows.extend(measure_rounds(rounds, entrants.collect::<anyhow::Result<_>>()?).await);
    }
    Ok(rows)
}

async fn many_at_once(local: &Local, ways: &[RunMethod], seconds: u64) -> anyhow::Result<Vec<Measurement>> {
    let pools = Pools::start(local, crowd()).await?;
    // Consecutive runs in one sandbox wait for the previous cleanup anyway.
    let ways = ways.iter().filter(|way| **way != RunMethod::ColdUntilGone);
    let mut rows = Vec::new();
    for sample in [Sample::of_true(), Sample::python(local.languages())?] {
        let entrants = ways.clone().map(|&way| pools.contender_group(&sample, way, crowd()));
        rows.extend(measure_turns(seconds, entrants.collect::<anyhow::Result<_>>()?).await);
    }
    Ok(rows)
}

/// Three pools of equal size: with nothing created in advance, with sandboxes, and with Python waiting in
/// them.
struct Pools {
    cold: Pool,
    warm: Pool,
    started: Pool,
}

impl Pools {
    async fn start(local: &Local, slots: u32) -> anyhow::Result<Self> {
        let python = local.warm_runtime("python", slots)?.into_iter().collect();
        Ok(Self {
            cold: local.pool(slots, 0, vec![]).await?,
            warm: local.pool(slots, 1, vec![PreparedKind { prestart: None, count: slots }]).await?,
            started: local.pool(slots, 2, python).await?,
        })
    }

    fn contender_group(
        &self,
        sample: &Sample,
        way: RunMethod,
        clients: u32,
    ) -> anyhow::Result<ContenderGroup> {
        let contenders = (0..clients).map(|_| self.contender(sample, way));
        Ok(ContenderGroup::new(sample.program, way, contenders.collect::<anyhow::Result<_>>()?))
    }

    fn contender(&self, sample: &Sample, way: RunMethod) -> anyhow::Result<Contender> {
        let sandbox = |pool: &Pool, until| {
            let (pool, sample) = (pool.clone(), sample.clone());
            Ok(Contender::Sandbox(SandboxContender { pool, sample, measured_until: until }))
        };
        match way {
            RunMethod::Http | RunMethod::Bare | RunMethod::Bwrap | RunMethod::Graded => {
                Ok(Contender::Process(ProcessContender::new(sample, way)?))
            }
            RunMethod::Cold => sandbox(&self.cold, MeasuredUntil::Outcome),
            RunMethod::ColdUntilGone => sandbox(&self.cold, MeasuredUntil::Gone),
            RunMethod::Leased if sample.prestart_language().is_some() => {
                sandbox(&self.started, MeasuredUntil::Outcome)
            }
            RunMethod::Leased => sandbox(&self.warm, MeasuredUntil::Outcome),
        }
    }
}

fn ratios(rows: &[Measurement]) -> Vec<Ratio> {
    let median = |program, way| find(rows, program, way, 1).and_then(Measurement::median);
    let rate = |program, way| find(rows, program, way, crowd()).and_then(|row| row.runs_per_second);
    let latency = |name, program, way, to| Ratio::new(name, median(program, way), median(program, to));
    let throughput =
        |name, program, way| Ratio::new(name, rate(program, way), rate(program, RunMethod::Bwrap));
    vec![
        latency("coldTrueToBwrap", Program::True, RunMethod::Cold, RunMethod::Bwrap)
            .with(Target::AtMost(0.8)),
        latency("coldTrueUntilGoneToBwrap", Program::True, RunMethod::ColdUntilGone, RunMethod::Bwrap),
        latency("coldPythonToBwrap", Program::Python, RunMethod::Cold, RunMethod::Bwrap),
        latency("coldPythonToBare", Program::Python, RunMethod::Cold, RunMethod::Bare),
        latency("leasedTrueToBwrap", Program::True, RunMethod::Leased, RunMethod::Bwrap)
            .with(Target::AtMost(0.25)),
        Ratio::new(
            "leasedPythonToBwrapIsolated",
            median(Program::Python, RunMethod::Leased),
            median(Program::PythonIsolated, RunMethod::Bwrap),
        )
        .with(Target::AtMost(0.25)),
        latency("leasedPythonToBwrap", Program::Python, RunMethod::Leased, RunMethod::Bwrap),
        latency("leasedPythonToBare", Program::Python, RunMethod::Leased, RunMethod::Bare),
        throughput("coldTrueRunsPerSecondToBwrap", Program::True, RunMethod::Cold),
        throughput("leasedTrueRunsPerSecondToBwrap", Program::True, RunMethod::Leased)
            .with(Target::AtLeast(4.0)),
        throughput("leasedPythonRunsPerSecondToBwrap", Program::Python, RunMethod::Leased)
            .with(Target::AtLeast(4.0)),
    ]
}
