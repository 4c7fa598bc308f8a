//! Run bench (`coderunner-bench run`): programs over HTTP beside the same programs as bare processes.

use languages::Registry;
use reqwest::Client;

use super::{
    contender::{Contender, HttpContender, ProcessContender},
    goal::{Ratio, Target},
    machine::MeasurementContext,
    measure::{ContenderGroup, measure_turns},
    measurement::{Measurement, Program, RunMethod, find},
    programs::Sample,
    report::BenchReport,
    server::Server,
};
use coderunner::Local;

use crate::cli::RunArgs;

/// Measures a server that it starts and stops.
pub(super) async fn measure(local: &Local, args: &RunArgs) -> anyhow::Result<BenchReport> {
    let mut circumstances = MeasurementContext::now();
    let languages = local.languages().clone();
    let server = Server::start().await?;
    let mut measurements = Vec::new();
    for sample in samples(&languages)? {
        for &clients in &args.clients {
            let entrants = entrants(&server, &sample, clients)?;
            measurements.extend(measure_turns(args.seconds, entrants).await);
        }
    }
    drop(server);
    circumstances.end();
    let ratios = ratios(&measurements, &args.clients);
    Ok(BenchReport { bench: "run", circumstances, bwrap: None, measurements, ratios, notes: Vec::new() })
}

fn samples(languages: &Registry) -> anyhow::Result<[Sample; 2]> {
    Ok([Sample::python(languages)?, Sample::c(languages)?])
}

/// Clients of the server, and as many that start processes themselves.
fn entrants(server: &Server, sample: &Sample, clients: u32) -> anyhow::Result<Vec<ContenderGroup>> {
    let client = Client::new();
    let over_http = |_| {
        Contender::Http(HttpContender {
            client: client.clone(),
            server: server.address.clone(),
            sample: sample.clone(),
        })
    };
    let over_http = (0..clients).map(over_http).collect();
    let bare = (0..clients).map(|_| ProcessContender::new(sample, RunMethod::Bare).map(Contender::Process));
    Ok(vec![
        ContenderGroup::new(sample.program, RunMethod::Http, over_http),
        ContenderGroup::new(sample.program, RunMethod::Bare, bare.collect::<anyhow::Result<_>>()?),
    ])
}

fn ratios(rows: &[Measurement], clients: &[u32]) -> Vec<Ratio> {
    let row = |program, way, clients| find(rows, program, way, clients);
    let median = |program, way| row(program, way, 1).and_then(Measurement::median);
    let most = clients.iter().copied().max().unwrap_or(1);
    let rate = |program, way| row(program, way, most).and_then(|row| row.runs_per_second);
    let latency =
        |name, program| Ratio::new(name, median(program, RunMethod::Http), median(program, RunMethod::Bare));
    let throughput =
        |name, program| Ratio::new(name, rate(program, RunMethod::Http), rate(program, RunMethod::Bare));
    vec![
        latency("httpPythonToBare", Program::Python).with(Target::AtMost(2.0)),
        latency("httpCToBare", Program::C),
        throughput("httpPythonRunsPerSecondToBare", Program::Python),
        throughput("httpCRunsPerSecondToBare", Program::C),
    ]
}
