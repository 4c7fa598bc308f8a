//! Benchmarks of Code Runner (`coderunner-bench`): measurements on this machine.
//!
//! Figures are compared within one run only, and compared figures are measured alternately: machines differ,
//! and one machine differs from hour to hour. `bench/README.md` explains the figures.

mod arrivals;
mod class;
mod cli;
mod client;
mod contender;
mod cpu_time;
mod goal;
mod grade;
mod machine;
mod measure;
mod measurement;
mod programs;
mod queue;
mod report;
mod run;
mod samples;
mod sandbox;
mod server;
mod sessions;
mod soak;

use std::{fmt::Display, process::ExitCode};

use clap::Parser;
use coderunner::{Local, wait_for_stop};
use mimalloc::MiMalloc;
use serde::Serialize;

use cli::{Benchmark, Cli, OutputFormat};

/// The server's allocator, so that both are measured with the same.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// Exit code for failed runs.
const ERRORS: u8 = 1;
/// Exit code after Ctrl-C.
const INTERRUPTED: u8 = 130;

fn main() -> ExitCode {
    if let Err(code) = coderunner::prepare_process() {
        return code;
    }
    match measure(&Cli::parse().bench) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("coderunner-bench: {error:#}");
            ExitCode::from(if error.is::<InterruptError>() {
                INTERRUPTED
            } else {
                coderunner::exit_code(&error)
            })
        }
    }
}

fn measure(bench: &Benchmark) -> anyhow::Result<ExitCode> {
    // Thousands of clients need as many connections.
    coderunner::allow_many_open_files();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let format = bench.format();
    let errors = match bench {
        Benchmark::Soak(args) => {
            let report = runtime.block_on(until_interrupted(soak::measure(args)))?;
            show(&report, format)?;
            report.errors()
        }
        Benchmark::Sessions(args) => {
            let report = runtime.block_on(until_interrupted(sessions::measure(args)))?;
            show(&report, format)?;
            // A wrong answer ends the measurement.
            0
        }
        Benchmark::Run(args) => {
            let report = runtime.block_on(until_interrupted(run::measure(&Local::load()?, args)))?;
            show(&report, format)?;
            report.errors().into()
        }
        Benchmark::Grade(args) => {
            let report = runtime.block_on(until_interrupted(grade::measure(&Local::load()?, args)))?;
            show(&report, format)?;
            report.errors().into()
        }
        Benchmark::Class(args) => {
            let report = runtime.block_on(until_interrupted(class::measure(args)))?;
            show(&report, format)?;
            report.errors()
        }
        Benchmark::Queue(args) => {
            let report = runtime.block_on(until_interrupted(queue::measure(args)))?;
            show(&report, format)?;
            report.errors()
        }
        Benchmark::Sandbox(args) => {
            let report = runtime.block_on(until_interrupted(sandbox::measure(&Local::load()?, args)))?;
            show(&report, format)?;
            report.errors().into()
        }
    };
    Ok(exit_code(errors))
}

fn show(report: &(impl Serialize + Display), format: OutputFormat) -> anyhow::Result<()> {
    match format {
        OutputFormat::Json => coderunner::print(&(serde_json::to_string_pretty(report)? + "\n"))?,
        OutputFormat::Table => coderunner::print(&report.to_string())?,
    }
    Ok(())
}

/// The bench was interrupted.
#[derive(Debug, thiserror::Error)]
#[error("stopped")]
pub(crate) struct InterruptError;

/// A signal cancels the measurement and stops its server: a bench leaves nothing behind.
async fn until_interrupted<R>(measure: impl Future<Output = anyhow::Result<R>>) -> anyhow::Result<R> {
    tokio::select! {
        report = measure => report,
        stopped = wait_for_stop() => {
            stopped?;
            Err(InterruptError.into())
        }
    }
}

/// A missed target is a figure like any other; a failed run is an error.
fn exit_code(errors: u64) -> ExitCode {
    match errors {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::from(ERRORS),
    }
}
