//! `coderunner bench`: measures this machine.
//!
//! Figures are compared within one run only, and those that are compared are taken by turns: machines differ, and the
//! same one differs from hour to hour. What the figures mean is told in `bench/README.md`.

mod arrivals;
mod class;
mod client;
mod contender;
mod goal;
mod grade;
mod machine;
mod measure;
mod measurement;
mod processor;
mod programs;
mod queue;
mod report;
mod run;
mod samples;
mod sandbox;
mod server;
mod soak;

use std::{fmt::Display, process::ExitCode};

use serde::Serialize;

use crate::{
    cli::{BenchArgs, BenchCommand, ConfigArgs},
    config::Config,
    files,
    serve::signals::wait_for_stop,
};

/// The exit code when something that was measured did not work.
const ERRORS: u8 = 1;

pub(crate) fn command(args: &BenchArgs) -> anyhow::Result<ExitCode> {
    let config = Config::load(&ConfigArgs::default())?;
    crate::log::init_for_command(&config.log)?;
    // Thousands of clients are as many connections here.
    files::allow_many();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let json = args.what.json();
    let errors = match &args.what {
        BenchCommand::Soak(args) => {
            let report = runtime.block_on(until_told_to_stop(soak::measure(args)))?;
            show(&report, json)?;
            report.errors()
        }
        BenchCommand::Run(args) => {
            let report = runtime.block_on(until_told_to_stop(run::measure(&config, args)))?;
            show(&report, json)?;
            report.errors().into()
        }
        BenchCommand::Grade(args) => {
            let report = runtime.block_on(until_told_to_stop(grade::measure(&config, args)))?;
            show(&report, json)?;
            report.errors().into()
        }
        BenchCommand::Class(args) => {
            let report = runtime.block_on(until_told_to_stop(class::measure(args)))?;
            show(&report, json)?;
            report.errors()
        }
        BenchCommand::Queue(args) => {
            let report = runtime.block_on(until_told_to_stop(queue::measure(args)))?;
            show(&report, json)?;
            report.errors()
        }
        BenchCommand::Sandbox(args) => {
            let report = runtime.block_on(until_told_to_stop(sandbox::measure(&config, args)))?;
            show(&report, json)?;
            report.errors().into()
        }
    };
    Ok(exit_code(errors))
}

fn show(report: &(impl Serialize + Display), json: bool) -> anyhow::Result<()> {
    if json {
        crate::show::print(&(serde_json::to_string_pretty(report)? + "\n"))?;
    } else {
        crate::show::print(&report.to_string())?;
    }
    Ok(())
}

/// A bench was told to stop.
#[derive(Debug, thiserror::Error)]
#[error("stopped")]
pub(crate) struct Stopped;

/// A signal drops what is being done, and with it the server that was started for it: a bench leaves nothing behind.
async fn until_told_to_stop<R>(measure: impl Future<Output = anyhow::Result<R>>) -> anyhow::Result<R> {
    tokio::select! {
        report = measure => report,
        stopped = wait_for_stop() => {
            stopped?;
            Err(Stopped.into())
        }
    }
}

/// A goal that is missed is a figure like any other; a run that fails is not.
fn exit_code(errors: u64) -> ExitCode {
    match errors {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::from(ERRORS),
    }
}
