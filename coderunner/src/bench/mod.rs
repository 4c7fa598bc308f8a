//! `coderunner bench`: measures this machine.
//!
//! Figures are compared within one run only, and those that are compared are taken by turns: machines differ, and the
//! same one differs from hour to hour. What the figures mean is told in `bench/README.md`.

mod contender;
mod goal;
mod machine;
mod measure;
mod measurement;
mod programs;
mod report;
mod run;
mod samples;
mod sandbox;
mod server;

use std::process::ExitCode;

use report::BenchReport;

use crate::{
    cli::{BenchArgs, BenchCommand, ConfigArgs},
    config::Config,
    serve::signals::wait_for_stop,
};

/// The exit code when something that was measured did not work.
const ERRORS: u8 = 1;

pub(crate) fn command(args: &BenchArgs) -> anyhow::Result<ExitCode> {
    let config = Config::load(&ConfigArgs::default())?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let report = runtime.block_on(until_told_to_stop(measure(&config, args)))?;
    if args.what.json() {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        print!("{report}");
    }
    Ok(exit_code(&report))
}

async fn measure(config: &Config, args: &BenchArgs) -> anyhow::Result<BenchReport> {
    match &args.what {
        BenchCommand::Run(args) => run::measure(config, args).await,
        BenchCommand::Sandbox(args) => sandbox::measure(config, args).await,
    }
}

/// A signal drops what is being done, and with it the server that was started for it: a bench leaves nothing behind.
async fn until_told_to_stop(
    measure: impl Future<Output = anyhow::Result<BenchReport>>,
) -> anyhow::Result<BenchReport> {
    tokio::select! {
        report = measure => report,
        stopped = wait_for_stop() => {
            stopped?;
            anyhow::bail!("stopped")
        }
    }
}

/// A goal that is missed is a figure like any other; a run that fails is not.
fn exit_code(report: &BenchReport) -> ExitCode {
    match report.errors() {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::from(ERRORS),
    }
}
