//! The commands and their flags.

mod problem;

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, Parser, Subcommand};
use model::{Cpus, Network};

pub(crate) use self::problem::{Form, JudgeArgs, JudgingArgs, NewArgs, Style, VerifyArgs};
use crate::{config::Throttle, roles::Roles};

/// The exit code for a fault of ours, as against one of a program.
pub(crate) const OUR_FAULT: u8 = 70;
/// The exit code for a command line that asks for what is not there; the same as for one that cannot be read.
pub(crate) const BAD_USAGE: u8 = 2;

/// Runs untrusted code safely, judges it, and teaches with it.
#[derive(Debug, Parser)]
#[command(name = "coderunner", version, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serve the HTTP API, with a queue and workers: in this process, or some of it
    Serve(ServeArgs),
    /// Run one file in the sandbox and show its output
    Run(RunArgs),
    /// Run every submission of problem packages and check that what comes of it is what they expect
    Verify(VerifyArgs),
    /// Judge one submission by a problem package and show each test
    Judge(JudgeArgs),
    /// Make a problem package to begin with, one that verifies
    New(NewArgs),
    /// Say what this machine offers for sandboxing, and how to get what is missing
    Doctor(DoctorArgs),
    /// Print the configuration in force
    Config(ConfigArgs),
}

/// Where the configuration comes from; each later source wins: defaults, file, environment, flags.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct ConfigArgs {
    /// Read this configuration file (TOML); `coderunner config` prints one with every setting
    #[arg(long, value_name = "FILE", env = "CODERUNNER_CONFIG")]
    pub config: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct ServeArgs {
    #[command(flatten)]
    pub config: ConfigArgs,
    /// Do only this of what a server does: gateway, execution, problems, worker, with commas between [default: all]
    #[arg(long, value_name = "ROLES")]
    pub roles: Option<Roles>,
    /// Listen here for the API; port 0 picks a free one [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDRESS")]
    pub listen: Option<SocketAddr>,
    /// Listen here for metrics and health [default: 127.0.0.1:9090]
    #[arg(long, value_name = "ADDRESS")]
    pub admin_listen: Option<SocketAddr>,
    /// Keep records and queue in this folder, made if it is not there [default: data]
    #[arg(long, value_name = "FOLDER")]
    pub data: Option<PathBuf>,
    /// Read problem packages from this folder [default: content, if it is there]
    #[arg(long, value_name = "FOLDER")]
    pub content: Option<PathBuf>,
    /// Whether to refuse what comes too fast or too much at once; `off` is for benches and closed networks [default: on]
    #[arg(long, value_name = "on|off")]
    pub limits: Option<Throttle>,
    /// Run this many programs at once [default: 8]
    #[arg(long, value_name = "N")]
    pub slots: Option<u32>,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Exit code: the program's own; 128 + N if signal N ended it; 124 if a limit did; 65 if it does not \
                        compile; 2 if there is no such file or language; 73 if files cannot be saved; 70 if Code Runner itself failed.\n\n\
                  At a terminal the program has one of its own: every key is its, Ctrl-C too, and it may take its time \
                  (session.wall_ms of the configuration, unless --wall-ms says otherwise). Ctrl-] pressed twice stops it."
)]
pub(crate) struct RunArgs {
    /// The program, a file or a folder of files: their names say the language, unless --language does
    pub file: PathBuf,
    /// Arguments for the program
    #[arg(last = true)]
    pub args: Vec<String>,
    /// The language, by id or alias; `coderunner doctor` lists them
    #[arg(short, long)]
    pub language: Option<String>,
    /// Give the program this file as standard input; without it, what is piped or typed in, as it comes
    #[arg(long, value_name = "FILE")]
    pub stdin: Option<PathBuf>,
    /// Put this file, or this folder with all that is in it, beside the program; can be given again
    #[arg(long = "with", value_name = "FILE")]
    pub others: Vec<PathBuf>,
    /// Of a folder, the file that the program begins in, named from the folder on
    #[arg(long, value_name = "FILE")]
    pub main: Option<String>,
    /// Choose an option of the language, such as std=c++17; can be given again. `GET /api/languages` lists them
    #[arg(long = "option", value_name = "NAME=VALUE", value_parser = option)]
    pub options: Vec<(String, String)>,
    /// Save the files that the program leaves behind in this folder, made if it is not there; none is overwritten
    #[arg(long, value_name = "FOLDER")]
    pub artifacts: Option<PathBuf>,
    /// The program's network: none, or a loopback interface of its own; left out, its sources tell whether it needs one
    #[arg(long, value_name = "none|loopback", value_parser = network)]
    pub network: Option<Network>,
    /// Print the whole outcome as JSON instead of the output
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub config: ConfigArgs,
    // Last, for its heading holds for all that follows.
    #[command(flatten)]
    pub limits: LimitArgs,
}

fn option(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("must be NAME=VALUE, such as std=c++17")?;
    Ok((name.to_owned(), value.to_owned()))
}

fn network(text: &str) -> Result<Network, String> {
    [Network::None, Network::Loopback]
        .into_iter()
        .find(|network| network.as_str() == text)
        .ok_or_else(|| "must be none or loopback".to_owned())
}

/// Limits of a run; what is left out keeps the language's default.
#[derive(Debug, Clone, Copy, Default, Args)]
#[command(next_help_heading = "Limits")]
pub(crate) struct LimitArgs {
    /// CPU time of all its processes together, in milliseconds
    #[arg(long, value_name = "MS", value_parser = clap::value_parser!(u64).range(1..=3_600_000))]
    pub cpu_ms: Option<u64>,
    /// How fast it may use that: a number of processors, such as 0.5 or 2
    #[arg(long, value_name = "N", value_parser = cpus)]
    pub cpus: Option<Cpus>,
    /// Time on the clock, in milliseconds
    #[arg(long, value_name = "MS", value_parser = clap::value_parser!(u64).range(1..=3_600_000))]
    pub wall_ms: Option<u64>,
    /// Memory of all its processes together, in mebibytes
    #[arg(long, value_name = "MIB", value_parser = clap::value_parser!(u64).range(4..=1_048_576))]
    pub memory_mib: Option<u64>,
    /// Bytes of standard output, and as much again of standard error
    #[arg(long, value_name = "BYTES")]
    pub output_bytes: Option<u64>,
    /// Processes and threads at one moment
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub processes: Option<u32>,
}

/// A share of the processors.
fn cpus(number: &str) -> Result<Cpus, String> {
    let share = number.parse().ok().and_then(Cpus::from_number);
    share.ok_or_else(|| format!("must be a number of processors between {} and {}", Cpus::LEAST, Cpus::MOST))
}

#[derive(Debug, Args)]
pub(crate) struct DoctorArgs {
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub config: ConfigArgs,
}
